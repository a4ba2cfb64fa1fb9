import { hostname } from 'node:os';
import type { Clock } from '@kernel/clock.js';
import { EventStores, type EventLog, type EventStore } from '@kernel/ports/event-store.js';
import type { RequestContext } from '@kernel/ports/request-context.js';
import type { SchemaRegistry } from '@kernel/schema-registry.js';
import { AppendSignal, appendChannel } from './append-signal.js';
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
  /** The sequencers run in another process: appends here wake them there. */
  readonly wakes?: boolean;
  /** Appends happen in other processes too: the sequencers here listen for them. */
  readonly listens?: boolean;
}

interface Parts {
  readonly store: PostgresEventStore;
  readonly log: PostgresEventLog;
  readonly signal: LogSignal;
  readonly sequencer: Sequencer;
  readonly appendSignal: AppendSignal;
  readonly appended: LogSignal;
}

/** The event stores of this process' contexts, each with its log and its sequencer. */
export class PostgresEventStores extends EventStores {
  private readonly parts: ReadonlyMap<string, Parts>;

  constructor(private readonly options: EventStoresOptions) {
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
    for (const { sequencer, appended } of this.parts.values()) {
      if (this.options.listens) appended.listen(() => sequencer.poke());
      sequencer.start(options);
    }
  }

  async stop(): Promise<void> {
    const parts = [...this.parts.values()];
    for (const { appendSignal } of parts) appendSignal.stop();
    await Promise.all(parts.map(({ sequencer }) => sequencer.stop()));
    await Promise.all(parts.flatMap(({ signal, appended }) => [signal.close(), appended.close()]));
  }

  private of(context: string): Parts {
    const parts = this.parts.get(context);
    if (!parts) throw new Error(`this process serves no context ${context}`);
    return parts;
  }
}

function assemble(database: ContextDatabase, { registry, scope, clock, onError, committed, wakes }: EventStoresOptions): Parts {
  const signal = new LogSignal(database.connection, logChannel(database.context));
  const sequencer = new Sequencer(database, {
    owner: `${hostname()}:${process.pid}`,
    onError: (error) => onError(error, `sequencer of ${database.context}`),
  });
  const appendSignal = new AppendSignal(database, (error) => onError(error, `telling the sequencer of ${database.context}`));
  const onAppended = wakes ? () => appendSignal.tell() : () => sequencer.poke();
  return {
    signal,
    sequencer,
    appendSignal,
    appended: new LogSignal(database.connection, appendChannel(database.context)),
    store: new PostgresEventStore(database, registry, scope, clock, onAppended, committed),
    log: new PostgresEventLog(database, signal),
  };
}
