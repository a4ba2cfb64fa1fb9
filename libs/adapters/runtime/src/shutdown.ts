import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StartupLog } from './startup-error.js';

/** Longest time for requests in hand to be answered once the server stops, ms. */
const DRAIN_MS = 10_000;
/** npm passes on a signal that the terminal sends to the whole process group too: a repeat this soon is the same Ctrl-C, ms. */
const SAME_SIGNAL_MS = 400;

/** What was started, so that it is stopped in the reverse order, once. */
export class Shutdown {
  private readonly steps: { name: string; stop: () => unknown }[] = [];
  private running: Promise<boolean> | undefined;
  private current = '';

  /** @param patienceMs after so long what has not stopped is left as it is; without it everything is waited for */
  constructor(
    private readonly log: StartupLog,
    private readonly patienceMs?: number,
  ) {}

  /** Adds what must be stopped before everything added so far. */
  add(name: string, stop: () => unknown): void {
    this.steps.push({ name, stop });
  }

  /** Stops everything; a step that fails is logged and keeps none of the others from being stopped. False where it took too long. */
  run(): Promise<boolean> {
    this.running ??= this.stopInTime();
    return this.running;
  }

  private async stopInTime(): Promise<boolean> {
    const stopped = this.stopAll().then(() => true);
    if (this.patienceMs === undefined) return stopped;
    const waiting = new AbortController();
    const isOver = sleep(this.patienceMs, false, { signal: waiting.signal }).catch(() => false);
    const isStopped = await Promise.race([stopped, isOver]);
    waiting.abort();
    if (!isStopped)
      this.log.warn(`${this.current} did not stop within ${this.patienceMs / 1_000} s: ending all the same, what is in hand is done again`);
    return isStopped;
  }

  private async stopAll(): Promise<void> {
    for (let step = this.steps.pop(); step; step = this.steps.pop()) {
      this.current = step.name;
      try {
        await step.stop();
      } catch (error) {
        this.log.warn(`stopping ${step.name} failed: ${(error as Error).message}`);
      }
    }
  }
}

/** Calls `stop` at the first SIGINT or SIGTERM, and `force` at the next one. */
export function onSignals(stop: (signal: NodeJS.Signals) => void, force: () => void): void {
  let first = 0;
  const handle = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    if (first === 0) {
      first = now;
      stop(signal);
    } else if (now - first > SAME_SIGNAL_MS) force();
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
}

/** Accepts no more connections and waits until the requests in hand are answered; what takes too long is cut off. */
export async function drain(server: Server, patienceMs = DRAIN_MS): Promise<void> {
  if (!server.listening) return;
  // A kept-alive connection would otherwise go on bringing requests.
  server.prependListener('request', (_request, response) => response.setHeader('Connection', 'close'));
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const sweep = setInterval(() => server.closeIdleConnections(), 20);
  const cut = setTimeout(() => server.closeAllConnections(), patienceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
