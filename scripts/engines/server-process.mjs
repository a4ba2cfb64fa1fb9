// One engine as a process: started until it listens, stopped until it is gone.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { PATH } from './programs.mjs';

const POLL_MS = 50;
/** So many times its patience a start gets at most. */
const MOST_STRETCH = 10;
/** Java's complaint that nobody gave it a logger: every start begins with it, and it explains none that failed. */
const NOISE = /^SLF4J\b/;
/** Where an error came from: what went wrong is said above it. */
const STACK = /^\s+at /;
/** What a role that could not start ends with. */
const VERDICT = /^Cannot start\b/;

/**
 * Below the ports that a system gives to outgoing connections of its own accord (Linux: from 32768 on): one of those may be taken before whoever it was found
 * for listens on it, and again whenever that is restarted.
 */
const [FIRST_PORT, LAST_PORT] = [20_000, 32_767];

/** TCP ports of this machine's loopback that nothing listened on a moment ago, all different. */
export async function freePorts(count) {
  const probes = new Map();
  while (probes.size < count) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1);
    const probe = probes.has(port) ? undefined : await listening(port);
    if (probe) probes.set(port, probe);
  }
  await Promise.all([...probes.values()].map((probe) => new Promise((closed) => probe.close(closed))));
  return [...probes.keys()];
}

/** Undefined where another listens. */
async function listening(port) {
  const probe = createServer().listen(port, '127.0.0.1');
  try {
    await once(probe, 'listening');
    return probe;
  } catch (error) {
    if (error.code === 'EADDRINUSE') return undefined;
    throw error;
  }
}

/** Whether something takes connections on a port. */
export async function accepts(port, host = '127.0.0.1') {
  const socket = createConnection({ port, host });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** A process that serves. */
export class ServerProcess {
  #child;
  #exited;
  #stopping;

  /** @param {number} logFrom where its own lines begin in its log, bytes */
  constructor(name, child, logFrom) {
    this.name = name;
    this.logFrom = logFrom;
    this.#child = child;
    this.#exited = new Promise((resolve) =>
      child.once('exit', (code, signal) => {
        endGroup(child.pid);
        resolve({ code, signal });
      }),
    );
  }

  get pid() {
    return this.#child.pid;
  }

  get isAlive() {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Null while it lives, and where a signal ended it. */
  get exitCode() {
    return this.#child.exitCode;
  }

  /** Resolves with `{ code, signal }` when it is gone, however it ended. */
  get exited() {
    return this.#exited;
  }

  /** Asks it to stop, once, and kills it when it has not in time. Resolves when it is gone. */
  stop(patienceMs = 20_000, signal = 'SIGTERM') {
    // Many a program takes a second signal for impatience.
    this.#stopping ??= this.#stop(patienceMs, signal);
    return this.#stopping;
  }

  async #stop(patienceMs, signal) {
    if (!this.isAlive || this.pid === undefined) return;
    this.#child.kill(signal);
    const cut = setTimeout(() => this.#child.kill('SIGKILL'), patienceMs);
    await this.#exited;
    clearTimeout(cut);
  }

  /** As power loss would, short of the disk. */
  async kill() {
    // A stopped process takes the signal only once it goes on.
    if (this.isAlive) this.#child.kill('SIGKILL');
    await this.#exited;
  }

  /** It no longer keeps who started it alive. */
  unref() {
    this.#child.unref();
  }

  /** It keeps its connections and answers nobody. */
  hang() {
    this.#child.kill('SIGSTOP');
  }

  goOn() {
    this.#child.kill('SIGCONT');
  }
}

/** What a killed process leaves behind, such as nginx' workers, would keep its port. */
function endGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing was left.
  }
}

/**
 * Starts a program in the background; what it writes goes to the end of the file `log`. Its environment is the caller's, unless it is given one.
 * `onSpawn` has it at once, long before it is ready: whoever is to end it must know it from then on.
 * @returns {ServerProcess}
 */
export function launch({ name, command, args, log, env = { ...process.env, PATH }, cwd, onSpawn = () => undefined }) {
  const output = openSync(log, 'a', 0o600);
  const { size } = fstatSync(output);
  // In a group of its own: Ctrl-C in a terminal reaches who started it, who then stops it in its turn.
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', output, output], detached: true });
  child.once('error', () => undefined);
  closeSync(output);
  const server = new ServerProcess(name, child, size);
  if (server.pid !== undefined) onSpawn(server);
  return server;
}

/** Where more want to run than there are cores, everything takes so many times as long. */
export const stretchOf = (load, cores) => Math.min(Math.max(load / cores, 1), MOST_STRETCH);
const stretchNow = () => stretchOf(loadavg()[0], availableParallelism());

/** Resolves once `isReady` says so. @throws Error with the end of what it wrote, and its `exitCode`, when it ended, or was not ready in time */
export async function untilReady(server, isReady, { log, patienceMs = 60_000, stretch = stretchNow }) {
  const since = performance.now();
  while (!(await isReady())) {
    if (!server.isAlive || server.pid === undefined)
      throw Object.assign(new Error(`${server.name} ended at its start: ${lastLines(server, log)}`), { exitCode: server.exitCode });
    const waitedMs = performance.now() - since;
    if (waitedMs > patienceMs * stretch()) {
      await server.kill();
      throw new Error(`${server.name} was not ready within ${Math.round(waitedMs / 1000)} s: ${lastLines(server, log)}`);
    }
    await sleep(POLL_MS);
  }
  return server;
}

/** The end of what a process itself wrote: its log begins with what those before it did. */
function lastLines({ logFrom }, log) {
  const own = readFileSync(log).subarray(logFrom).toString('utf8').split('\n');
  const telling = own.filter((line) => line.trim() !== '' && !NOISE.test(line) && !STACK.test(line));
  const verdict = telling.findLastIndex((line) => VERDICT.test(line));
  const said = verdict < 0 ? telling.slice(-3).join(' | ').slice(-800) : telling.slice(verdict).join(' | ').slice(0, 800);
  return `${said || 'it wrote nothing'} (its log: ${log})`;
}
