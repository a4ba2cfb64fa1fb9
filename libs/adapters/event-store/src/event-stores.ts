import { hostname } from 'node:os';
import type { Clock } from '@kernel/clock.js';
import { EventStores, type EventLog, type EventStore } from '@kernel/ports/event-store.js';
import type { RequestContext } from '@kernel/ports/request-context.js';
import type { SchemaRegistry } from '@kernel/schema-registry.js';
import type { ContextDatabase } from './context-database.js';
import { LogSignal, logChannel } from './log-signal.js';
import { PostgresEventLog } from './postgres-event-log.js';
import { PostgresEventStore, type Committed } from './postgres-event-store.js';
import { Sequencer } from './sequencer.js';

export interface EventStoresOptions {
  readonly databases: readonly ContextDatabase[];
  readonly registry: SchemaRegistry;
  readonly scope: RequestContext;
  readonly clock: Clock;
  readonly onError: (error: unknown, what: string) => void;
  /** Told of what was committed before the command is answered; see {@link Committed}. */
  readonly committed?: Committed;
}

interface Parts {
  readonly store: PostgresEventStore;
  readonly log: PostgresEventLog;
  readonly signal: LogSignal;
  readonly sequencer: Sequencer;
}

/** The event stores of this process' contexts, each with its log and its sequencer. */
export class PostgresEventStores extends EventStores {
  private readonly parts: ReadonlyMap<string, Parts>;

  constructor(options: EventStoresOptions) {
    super();
    this.parts = new Map(options.databases.map((database) => [database.context, assemble(database, options)]));
  }

  store(context: string): EventStore {
    return this.of(context).store;
  }

  log(context: string): EventLog {
    return this.of(context).log;
  }

  contexts(): readonly string[] {
    return [...this.parts.keys()];
  }

  /** Starts the sequencers; `takeOver` where no other process can be running one. */
  start(options: { takeOver?: boolean } = {}): void {
    for (const { sequencer } of this.parts.values()) sequencer.start(options);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.parts.values()].map(({ sequencer }) => sequencer.stop()));
    await Promise.all([...this.parts.values()].map(({ signal }) => signal.close()));
  }

  private of(context: string): Parts {
    const parts = this.parts.get(context);
    if (!parts) throw new Error(`this process serves no context ${context}`);
    return parts;
  }
}

function assemble(database: ContextDatabase, { registry, scope, clock, onError, committed }: EventStoresOptions): Parts {
  const signal = new LogSignal(database.url, logChannel(database.context));
  const sequencer = new Sequencer(database, {
    owner: `${hostname()}:${process.pid}`,
    onError: (error) => onError(error, `sequencer of ${database.context}`),
  });
  return {
    signal,
    sequencer,
    store: new PostgresEventStore(database, registry, scope, clock, () => sequencer.poke(), committed),
    log: new PostgresEventLog(database, signal),
  };
}
