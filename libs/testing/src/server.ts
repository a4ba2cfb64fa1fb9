import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = process.cwd();
const START_MS = 60_000;

/** A whole server as its own process, started as `npm start` starts it. */
export interface TestServer {
  /** Base address, without a slash at its end; another one after every restart. */
  readonly url: string;
  readonly adminEmail: string;
  readonly adminPassword: string;
  readonly dataDir: string;
  readonly pid: number;
  /** Everything that it printed since its last start. */
  output(): string;
  /** Ends it as Ctrl-C would, and resolves with its exit code; the data stays. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Kills it without any warning; its Postgres stays behind, as it would in a crash. */
  kill9(): Promise<void>;
  /** Starts it again on the same data, stopping it first where it still runs. */
  restart(env?: ServerEnvironment): Promise<void>;
  /** Stops it and removes its data. */
  dispose(): Promise<void>;
}

/** Environment variables over the defaults of a test; undefined leaves one out. */
export type ServerEnvironment = Readonly<Record<string, string | undefined>>;

export interface ServerOptions {
  readonly env?: ServerEnvironment;
  /** Where it keeps its data; by default a folder of its own that goes away with the test run. */
  readonly dataDir?: string;
}

/** Starts a server on a free port and an empty data directory, without demo and limits, and resolves when it is ready. */
export async function startServer({ env = {}, dataDir = serverDirectory() }: ServerOptions = {}): Promise<TestServer> {
  const defaults = { PORT: '0', DEMO: 'false', RATE_LIMIT: 'off', ADMIN_EMAIL: 'admin@shop.example', ADMIN_PASSWORD: 'correct horse battery' };
  const environment = { ...process.env, ...defaults, LOG_FORMAT: 'json', DATA_DIR: dataDir, ...env };
  let running = await launch(environment);

  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    if (running.child.exitCode !== null || running.child.signalCode !== null) return running.child.exitCode;
    const exited = once(running.child, 'exit');
    running.child.kill(signal);
    return (await exited)[0] as number | null;
  };
  return {
    adminEmail: environment.ADMIN_EMAIL,
    adminPassword: environment.ADMIN_PASSWORD,
    dataDir,
    get url() {
      return running.url;
    },
    get pid() {
      return running.child.pid!;
    },
    output: () => running.output(),
    stop,
    kill9: async () => void (await stop('SIGKILL')),
    restart: async (changes = {}) => {
      await stop();
      running = await launch({ ...environment, ...changes });
    },
    dispose: async () => {
      await stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** A folder for one server's data. What is left in it when the jest run ends, processes included, is removed. */
export function serverDirectory(): string {
  const parent = join(process.env['NEBULOCART_TEST_ENGINES'] ?? tmpdir(), 'servers');
  mkdirSync(parent, { recursive: true, mode: 0o755 });
  return join(mkdtempSync(join(parent, 'server-')), 'var');
}

/** Runs the server until it exits by itself: for starts that must fail. */
export async function runServer(
  env: ServerEnvironment,
  args: readonly string[] = [],
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawnServer({ ...process.env, LOG_FORMAT: 'json', ...env }, args);
  const printed = { stdout: '', stderr: '' };
  child.stdout!.on('data', (text: string) => (printed.stdout += text));
  child.stderr!.on('data', (text: string) => (printed.stderr += text));
  const timer = setTimeout(() => child.kill('SIGKILL'), START_MS);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  return { code, ...printed };
}

function spawnServer(environment: NodeJS.ProcessEnv, args: readonly string[] = []): ChildProcess {
  // Jest's own flags are not for the server.
  const { NODE_OPTIONS: _flags, ...env } = environment;
  const child = spawn(process.execPath, [join(ROOT, 'scripts', 'start.mjs'), ...args], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout!.setEncoding('utf8');
  child.stderr!.setEncoding('utf8');
  return child;
}

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  output(): string;
}

async function launch(environment: NodeJS.ProcessEnv): Promise<Running> {
  const child = spawnServer(environment);
  let printed = '';
  const keep = (text: string): void => void (printed = (printed + text).slice(-200_000));
  child.stdout!.on('data', keep);
  child.stderr!.on('data', keep);
  const url = await readyUrl(child, () => printed);
  return { child, url, output: () => printed };
}

/** The address in the line that the server logs when it is ready. */
function readyUrl(child: ChildProcess, printed: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`the server ${why}:\n${printed()}`));
    };
    const timer = setTimeout(() => fail(`was not ready after ${START_MS} ms`), START_MS);
    child.once('exit', (code) => fail(`ended with ${code} before it was ready`));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const url = /"msg":"ready".*?"url":"([^"]+)"|"url":"([^"]+)".*?"msg":"ready"/.exec(line);
      if (!url) return;
      clearTimeout(timer);
      child.removeAllListeners('exit');
      resolve(url[1] ?? url[2]!);
    });
  });
}
