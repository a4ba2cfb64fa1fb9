// Shopify's toxiproxy, built once with Go: a TCP proxy for each link, whose HTTP API spoils what goes through.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Guardian } from '../../../scripts/cluster/guardian.mjs';
import { accepts, freePorts, launch, untilReady } from '../../../scripts/engines/server-process.mjs';

const VERSION = '2.12.0';
const HOST = '127.0.0.1';
const CACHE = join(import.meta.dirname, '..', '..', '..', 'node_modules', '.cache');

/** @throws Error saying what is missing */
function program() {
  const home = join(CACHE, `toxiproxy-${VERSION}`);
  const server = join(home, 'server');
  if (existsSync(server)) return server;
  const go = [process.env['GO'] ?? 'go', '/usr/local/go/bin/go'].find((command) => spawnSync(command, ['version']).status === 0);
  if (!go) throw new Error('install Go (https://go.dev/dl) to build toxiproxy');
  mkdirSync(home, { recursive: true });
  const built = spawnSync(go, ['install', `github.com/Shopify/toxiproxy/v2/cmd/server@v${VERSION}`], {
    encoding: 'utf8',
    env: { ...process.env, GOBIN: home },
  });
  if (built.status !== 0) throw new Error(`toxiproxy could not be built: ${built.stderr}`);
  return server;
}

const nameOf = ({ from, to }) => `${from}>${to.replace('/', '.')}`;

export class Toxiproxy {
  #server;
  #guardian;
  #api;
  /** @type {import('../../../scripts/cluster/links.mjs').Link[]} */
  links = [];

  /** @param {string} folder for its log */
  static async start(folder) {
    const proxy = new Toxiproxy();
    const log = join(folder, 'toxiproxy.log');
    proxy.#guardian = new Guardian(join(folder, 'run'));
    const [port] = await freePorts(1);
    proxy.#api = `http://${HOST}:${port}`;
    const server = launch({ name: 'toxiproxy', command: program(), args: ['-host', HOST, '-port', String(port)], log, cwd: '/' });
    proxy.#guardian.watch('engine', 'toxiproxy', server.pid);
    proxy.#server = await untilReady(server, () => accepts(port), { log, patienceMs: 10_000 });
    return proxy;
  }

  /** A proxy for each link. @returns at which port the one reaches the other */
  async open(links) {
    // Those at the other end are kept for processes that do not listen yet.
    const kept = new Set(links.map(({ port }) => port));
    const ports = (await freePorts(links.length + kept.size)).filter((port) => !kept.has(port));
    this.links = links;
    const proxies = links.map((link, index) => ({
      name: nameOf(link),
      listen: `${HOST}:${ports[index]}`,
      upstream: `${HOST}:${link.port}`,
      enabled: true,
    }));
    await this.#ask('POST', '/populate', proxies);
    const told = new Map(links.map((link, index) => [nameOf(link), ports[index]]));
    return (from, to) => told.get(nameOf({ from, to }));
  }

  /** Takes no connection any more, and has closed those there were. */
  cut(link) {
    return this.#ask('POST', `/proxies/${nameOf(link)}`, { enabled: false });
  }

  mend(link) {
    return this.#ask('POST', `/proxies/${nameOf(link)}`, { enabled: true });
  }

  /** @param {string} type toxiproxy's name of what is done to the data */
  async spoil(link, type, attributes, streams = ['downstream', 'upstream']) {
    for (const stream of streams) await this.#ask('POST', `/proxies/${nameOf(link)}/toxics`, { name: `${type}-${stream}`, type, stream, attributes });
  }

  async unspoil(link, type, streams = ['downstream', 'upstream']) {
    for (const stream of streams) await this.#ask('DELETE', `/proxies/${nameOf(link)}/toxics/${type}-${stream}`);
  }

  async stop() {
    await this.#server.stop();
    this.#guardian.forget('engine', 'toxiproxy');
    this.#guardian.end();
  }

  async #ask(method, path, body) {
    const response = await fetch(this.#api + path, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`toxiproxy answered ${method} ${path} with ${response.status}: ${text}`);
  }
}
