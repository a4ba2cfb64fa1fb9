import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestServer } from '@testing/server.js';

export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The object on the last line, for runs with `--json`. */
  json<T>(): T;
}

/** A run of the command line under way. */
export interface CliProcess {
  readonly child: ChildProcess;
  readonly done: Promise<CliRun>;
}

/** Starts `npm run <command> -- <args>` as npm does, signing in as the server's administrator. */
export function startCli(server: Pick<TestServer, 'url' | 'adminEmail' | 'adminPassword'>, command: string, ...args: string[]): CliProcess {
  return start([command, ...args, '--url', server.url], { ADMIN_EMAIL: server.adminEmail, ADMIN_PASSWORD: server.adminPassword });
}

export const runCli = (...args: Parameters<typeof startCli>): Promise<CliRun> => startCli(...args).done;

/** `npm run <command> -- <args>` against a data directory. */
export const runDataCli = (dataDir: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliRun> =>
  start(args, { DATA_DIR: dataDir, ...env }).done;

function start(args: readonly string[], env: Readonly<Record<string, string>>): CliProcess {
  const { NODE_OPTIONS: _jests, INIT_CWD: _npms, ...inherited } = process.env;
  const child = spawn(process.execPath, [join(process.cwd(), 'scripts', 'cli.mjs'), ...args], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (printed.stdout += text));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (printed.stderr += text));
  const done = once(child, 'close').then(([code]) => ({
    code: code as number | null,
    ...printed,
    json: <T>() => JSON.parse(printed.stdout.trimEnd().split('\n').at(-1)!) as T,
  }));
  return { child, done };
}
