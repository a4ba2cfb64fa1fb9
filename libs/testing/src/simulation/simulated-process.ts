import { AsyncLocalStorage } from 'node:async_hooks';
import type { Random } from './random.js';
import type { Scheduler, Task } from './scheduler.js';

const running = new AsyncLocalStorage<SimulatedProcess>();

/** The process that the code which asks is running in; none for the world around it. */
export const currentProcess = (): SimulatedProcess | undefined => running.getStore();

/** 2026-11-21T10:00:00Z, when every world begins. */
const BEGINNING = 1_795_255_200_000;

/** One process: it has clocks of its own, and what it awaits never comes once it is dead. */
export class SimulatedProcess {
  isDead = false;
  /** Until then it hangs: nothing that is due in it happens, and all of it afterwards. */
  frozenUntil = 0;
  private readonly began: number;

  constructor(
    readonly name: string,
    private readonly scheduler: Scheduler,
    private readonly random: Random,
    /** How fast its clocks run: 1 is right. */
    private readonly pace = 1,
    /** How far its wall clock is off, ms. */
    public skewMs = 0,
  ) {
    this.began = scheduler.now;
  }

  run<T>(work: () => T): T {
    return running.run(this, work);
  }

  /** As performance.now() tells: never back. */
  elapsed(): number {
    return (this.scheduler.now - this.began) * this.pace;
  }

  /** As Date.now() tells: back and forth. */
  wall(): number {
    return Math.floor(BEGINNING + this.scheduler.now * this.pace + this.skewMs);
  }

  after(ms: number, work: () => void): Task {
    return this.scheduler.after(Math.max(ms, 1) / this.pace, this, work);
  }

  /** As Math.random() rolls. */
  roll(): number {
    return this.random.next();
  }

  uuid(): string {
    return this.random.uuid();
  }

  die(): void {
    this.isDead = true;
  }
}
