import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { Task } from './scheduler.js';
import { currentProcess } from './simulated-process.js';

const require = createRequire(import.meta.url);

type Callback = (...args: unknown[]) => void;
interface PauseOptions {
  readonly signal?: AbortSignal;
}

/** What setTimeout returns, as far as anybody here asks it. */
class VirtualTimer {
  task: Task | null = null;
  unref(): this {
    return this;
  }
  ref(): this {
    return this;
  }
}

/**
 * Puts virtual time and seeded chance in the place of the real: timers, pauses, clocks and random ids that code of a simulated process asks for are its
 * process's. Code of no process keeps the real ones. For good: a Node process that simulates does nothing else.
 */
export function makeVirtual(): void {
  const real = { setTimeout, clearTimeout, setInterval, clearInterval, Date, now: performance.now.bind(performance), random: Math.random };

  const clear = (timer: unknown, others: (timer: never) => void): void => {
    if (!(timer instanceof VirtualTimer)) others(timer as never);
    else if (timer.task) timer.task.run = null;
  };
  const virtual = {
    setTimeout: (callback: Callback, ms = 0, ...args: unknown[]) => {
      const process = currentProcess();
      if (!process) return real.setTimeout(callback, ms, ...args);
      const timer = new VirtualTimer();
      timer.task = process.after(ms, () => callback(...args));
      return timer;
    },
    setInterval: (callback: Callback, ms = 0, ...args: unknown[]) => {
      const process = currentProcess();
      if (!process) return real.setInterval(callback, ms, ...args);
      const timer = new VirtualTimer();
      const again = (): void => {
        timer.task = process.after(ms, () => {
          again();
          callback(...args);
        });
      };
      again();
      return timer;
    },
    clearTimeout: (timer: unknown) => clear(timer, real.clearTimeout),
    clearInterval: (timer: unknown) => clear(timer, real.clearInterval),
    Date: class extends real.Date {
      constructor(...args: unknown[]) {
        if (args.length === 0) super(currentProcess()?.wall() ?? real.Date.now());
        else super(...(args as [string]));
      }
      static override now(): number {
        return currentProcess()?.wall() ?? real.Date.now();
      }
    },
  };
  Object.assign(globalThis, virtual);
  performance.now = () => currentProcess()?.elapsed() ?? real.now();
  Math.random = () => currentProcess()?.roll() ?? real.random();
  const crypto = require('node:crypto') as { randomUUID: () => string };
  const { randomUUID } = crypto;
  crypto.randomUUID = () => currentProcess()?.uuid() ?? randomUUID();
  const pauses = require('node:timers/promises') as { setTimeout: typeof pause };
  pauses.setTimeout = pause;
  syncBuiltinESMExports();
}

/** As `node:timers/promises` has it. */
async function pause<T>(ms = 1, value?: T, { signal }: PauseOptions = {}): Promise<T | undefined> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(value), ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}
