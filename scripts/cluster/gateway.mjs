// The cluster's gateway: nginx on the configuration that docker-compose.yml uses, too.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { renderGateway } from '../../deploy/nginx/render.mjs';
import { nginxProblem, startNginx } from '../engines/nginx.mjs';

const POLL_MS = 20;
const RELOAD_MS = 10_000;

export class Gateway {
  #options;
  #draining = new Set();
  #tmp;
  #server;

  /** @param {{ dir: string, host: string, port: number, services: object, tls?: object, rate?: number }} options */
  constructor(options) {
    this.#options = options;
    // nginx' workers run as another user where this is root; the data directory is closed to them.
    this.#tmp = mkdtempSync(join(tmpdir(), 'nebulocart-gateway-'));
    chmodSync(this.#tmp, 0o755);
  }

  /** What nginx -t says against it. */
  problem() {
    this.#write();
    return nginxProblem({ dir: this.#options.dir, config: this.#config });
  }

  async launch(onSpawn) {
    this.#write();
    const { dir, port } = this.#options;
    this.#server = await startNginx({ dir, config: this.#config, port, onSpawn });
    return this.#server;
  }

  /** Sends no new request to an address any more; resolves when that is so. */
  async drain(address) {
    this.#draining.add(address);
    await this.#reload();
  }

  async restore(address) {
    this.#draining.delete(address);
    await this.#reload();
  }

  remove() {
    rmSync(this.#tmp, { recursive: true, force: true });
  }

  get #config() {
    return join(this.#options.dir, 'nginx.conf');
  }

  #write() {
    const { host, port, services, tls, rate, burst, dir } = this.#options;
    const listen = `${host}:${port}`;
    const text = renderGateway({
      listen,
      tmp: this.#tmp,
      accessLog: join(dir, 'access.log'),
      services,
      draining: [...this.#draining],
      tls,
      rate,
      burst,
    });
    writeFileSync(this.#config, text, { mode: 0o600 });
  }

  async #reload() {
    this.#write();
    const server = this.#server;
    if (!server?.isAlive) return;
    const before = workers(server.pid);
    process.kill(server.pid, 'SIGHUP');
    const deadline = performance.now() + RELOAD_MS;
    // A worker that is going takes no new connection any more; the one in its place does.
    while (before.some((pid) => isServing(pid))) {
      if (!server.isAlive || performance.now() > deadline) throw new Error('nginx did not take its new configuration');
      await sleep(POLL_MS);
    }
  }
}

const workers = (pid) => read(`/proc/${pid}/task/${pid}/children`).trim().split(' ').filter(Boolean);
const isServing = (pid) => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim().endsWith('worker process');

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
