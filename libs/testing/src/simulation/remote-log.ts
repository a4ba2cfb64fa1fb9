import type { LoggedEvent } from '@kernel/event.js';
import { EventLog, EventStores, type EventStore } from '@kernel/ports/event-store.js';
import type { MemoryLog, MemoryLogs } from '../memory-log.js';
import { currentProcess } from './simulated-process.js';
import type { Service, World } from './world.js';

/** A log as a process reads it: over the network. */
class RemoteLog extends EventLog {
  readonly context: string;

  constructor(
    private readonly world: World,
    private readonly postgres: Service,
    private readonly log: MemoryLog,
  ) {
    super();
    this.context = log.context;
  }

  readAfter(after: number, limit: number): Promise<LoggedEvent[]> {
    return this.ask(`read ${limit} after ${after}`, () => this.log.events.slice(after, after + limit));
  }

  head(): Promise<number> {
    return this.ask('head?', () => this.log.events.length);
  }

  positionOf(eventId: string): Promise<number | null> {
    return this.ask('where is an event?', () => this.log.events.find(({ id }) => id === eventId)?.position ?? null);
  }

  positionAt(instant: string): Promise<number> {
    return this.ask(`where was ${instant}?`, () => this.log.events.findLast(({ sequencedAt }) => sequencedAt <= instant)?.position ?? 0);
  }

  /** Signals come late, and some never. */
  onAdvance(listener: () => void): () => void {
    const { world } = this;
    const process = currentProcess()!;
    return this.log.onAdvance(() => {
      if (!world.faults.strikes('signal lost', 0.1)) world.scheduler.after(world.latency(), process, listener);
    });
  }

  private ask<T>(what: string, answer: () => T): Promise<T> {
    return this.world.call(this.postgres, () => `${this.context}'s log: ${what}`, answer);
  }
}

/** Every context's log, as a process reads them. */
export class RemoteLogs extends EventStores {
  private readonly logs: ReadonlyMap<string, RemoteLog>;

  constructor(world: World, postgres: Service, logs: MemoryLogs) {
    super();
    this.logs = new Map(logs.contexts().map((context) => [context, new RemoteLog(world, postgres, logs.log(context))]));
  }

  log(context: string): EventLog {
    return this.logs.get(context)!;
  }

  store(context: string): EventStore {
    throw new Error(`the log of ${context} takes no appends of commands here`);
  }

  contexts(): readonly string[] {
    return [...this.logs.keys()];
  }
}
