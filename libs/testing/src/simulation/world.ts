import { Faults } from './faults.js';
import { Random } from './random.js';
import { Scheduler } from './scheduler.js';
import { currentProcess, type SimulatedProcess } from './simulated-process.js';

/** An engine that processes call over a network. */
export interface Service {
  readonly name: 'postgres' | 'clickhouse' | 'kafka';
  isAway: boolean;
  /** What a client makes of a connection that broke. */
  readonly broken: () => Error;
}

/** How long a client waits for an answer that never comes, ms. */
const LOST_MS = 800;

/** What every part of one schedule shares: its chance, its time, its faults, and the first thing that was found wrong. */
export class World {
  readonly random: Random;
  readonly scheduler = new Scheduler();
  readonly faults: Faults;
  /** What was found wrong, once it is; nothing happens after it. */
  violation: string | null = null;
  readonly trace: string[] = [];

  constructor(
    readonly seed: number,
    private readonly isTraced: boolean,
  ) {
    this.random = new Random(seed);
    this.faults = new Faults(this.random);
  }

  tell(what: () => string, who = currentProcess()?.name ?? 'world'): void {
    if (this.isTraced) this.trace.push(`${this.scheduler.now.toFixed(3).padStart(10)}  ${who.padEnd(18)}  ${what()}`);
  }

  violate(what: string): void {
    this.violation ??= what;
    this.tell(() => `WRONG: ${what}`);
  }

  /**
   * A request of the process that runs: it takes its time, is carried out once or never, and its answer comes, is lost, or finds its process dead.
   * @throws whatever carrying it out throws; what a client makes of a broken connection
   */
  call<T>(service: Service, what: () => string, apply: () => T): Promise<T> {
    const process = currentProcess()!;
    const { scheduler, faults } = this;
    return new Promise((resolve, reject) => {
      const fail = (ms: number): void => void scheduler.after(ms, process, () => reject(service.broken()));
      scheduler.after(this.latency(), null, () => {
        if (service.isAway) return fail(1);
        // What was on its way when its process died arrives or does not.
        if (process.isDead && this.random.chance(0.5)) return;
        if (faults.strikes('request lost', 0.01)) {
          this.tell(() => `${service.name} never got: ${what()}`, process.name);
          return fail(LOST_MS);
        }
        const answer = this.carryOut(service, process, what, apply);
        if (faults.strikes('answer lost', 0.015)) {
          this.tell(() => `${service.name}'s answer is lost: ${what()}`, process.name);
          return fail(LOST_MS);
        }
        scheduler.after(this.latency(), process, () => ('value' in answer ? resolve(answer.value) : reject(answer.error as Error)));
      });
    });
  }

  /** How long something takes on the network, ms. */
  latency(): number {
    return this.faults.strikes('slow answer', 0.01) ? this.random.from(20, 4_000) : 0.2 + this.random.next() * 6;
  }

  private carryOut<T>(service: Service, { name }: SimulatedProcess, what: () => string, apply: () => T): { value: T } | { error: unknown } {
    try {
      const value = apply();
      this.tell(() => `${service.name}: ${what()}${told(value)}`, name);
      return { value };
    } catch (error) {
      this.tell(() => `${service.name}: ${what()} fails: ${String(error)}`, name);
      return { error };
    }
  }
}

function told(value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value) && value.length > 2) return ` -> ${value.length} of them`;
  const text = JSON.stringify(value);
  return ` -> ${text.length > 160 ? `${text.slice(0, 160)}…` : text}`;
}
