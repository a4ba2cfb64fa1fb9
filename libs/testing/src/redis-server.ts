import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@adapters/runtime/src/embedded/free-port.js';
import { eventually } from './eventually.js';

/** A real Redis in a directory of its own, to be killed, stopped and started again on the same port. */
export class TestRedis {
  private constructor(
    private readonly directory: string,
    readonly port: number,
    private server: ChildProcess,
  ) {}

  static async start(): Promise<TestRedis> {
    const directory = await mkdtemp(join(process.env['NEBULOCART_TEST_ENGINES'] ?? tmpdir(), 'redis-'));
    const port = await freePort();
    return new TestRedis(directory, port, await serve(directory, port));
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** As power loss would: what it held is gone, and nobody is told. */
  async kill(): Promise<void> {
    // A stopped process takes the signal only once it goes on.
    const died = once(this.server, 'exit');
    this.server.kill('SIGKILL');
    await died;
  }

  async restart(): Promise<void> {
    this.server = await serve(this.directory, this.port);
  }

  async restartIfDead(): Promise<void> {
    if (!this.isAlive) await this.restart();
  }

  /** It keeps its connections and answers nobody. */
  hang(): void {
    this.server.kill('SIGSTOP');
  }

  goOn(): void {
    this.server.kill('SIGCONT');
  }

  async drop(): Promise<void> {
    if (this.isAlive) await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }

  private get isAlive(): boolean {
    return this.server.exitCode === null && this.server.signalCode === null;
  }
}

async function serve(directory: string, port: number): Promise<ChildProcess> {
  const settings = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    directory,
    '--save',
    '',
    '--appendonly',
    'no',
    '--pidfile',
    join(directory, 'pid'),
  ];
  const server = spawn('redis-server', settings, { stdio: 'ignore' });
  const failed = once(server, 'exit').then(([code]) => Promise.reject(new Error(`redis-server ended at its start with ${code}`)));
  failed.catch(() => undefined);
  await Promise.race([failed, eventually(() => accepts(port))]);
  return server;
}

async function accepts(port: number): Promise<void> {
  const socket = createConnection({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
    socket.write('PING\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    if (!answer.toString().startsWith('+PONG')) throw new Error(`redis-server answers ${answer.toString()}`);
  } finally {
    socket.destroy();
  }
}
