import { ContextDatabase, Databases, type ListedMigration } from '@adapters/event-store/src/context-database.js';
import { LogSignal } from '@adapters/event-store/src/log-signal.js';
import { PostgresEventLog } from '@adapters/event-store/src/postgres-event-log.js';
import { LogEventBus } from '@adapters/event-bus/src/log-event-bus.js';
import { ReadSide, type ReadSideOptions } from '@adapters/read-store/src/read-side.js';
import type { EventBus } from '@kernel/ports/event-bus.js';
import { EventStores, type EventLog, type EventStore } from '@kernel/ports/event-store.js';
import { analyticsMigrations } from '@migrations/postgres/src/analytics/index.js';
import { catalogMigrations } from '@migrations/postgres/src/catalog/index.js';
import { orderingMigrations } from '@migrations/postgres/src/ordering/index.js';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.js';
import type { RecordedEvent } from './memory-log.js';
import { testDatabase } from './postgres.js';

const MIGRATIONS: Readonly<Record<string, readonly ListedMigration[]>> = {
  ordering: orderingMigrations,
  catalog: catalogMigrations,
  analytics: analyticsMigrations,
};

class Logs extends EventStores {
  constructor(private readonly logs: ReadonlyMap<string, EventLog>) {
    super();
  }
  contexts(): readonly string[] {
    return [...this.logs.keys()];
  }
  log(context: string): EventLog {
    return this.logs.get(context)!;
  }
  store(context: string): EventStore {
    throw new Error(`${context} is written by the test itself`);
  }
}

/** The read side over a real Postgres and ClickHouse's engine, with the logs of ordering and catalog in the test's hands. */
export interface TestReadSide {
  readonly databases: Databases;
  readonly stores: EventStores;
  /** The one that runs; a new one after `restart`. */
  readonly side: ReadSide;
  /** Makes a read side that is not started, over the same engines. The engine takes several in one process. */
  make(overrides?: Partial<ReadSideOptions>, bus?: EventBus): ReadSide;
  /** Appends events and sequences them at once; their ids. */
  append(context: string, ...events: RecordedEvent[]): Promise<string[]>;
  /** Waits until everything appended has landed. */
  landed(): Promise<void>;
  /** Stops the read side and starts another over the same data. */
  restart(overrides?: Partial<ReadSideOptions>, bus?: EventBus): Promise<void>;
  /** Runs a statement behind the back of everything in the context's database. */
  tamper(context: string, statement: string): Promise<void>;
  drop(): Promise<void>;
}

/** Starts a read side over empty databases. */
export async function testReadSide(options: Pick<ReadSideOptions, 'readModels' | 'controls'>): Promise<TestReadSide> {
  const database = await testDatabase();
  const path = await mkdtemp(join(tmpdir(), 'nebulocart-read-side-'));
  const connected = Object.entries(MIGRATIONS).map(([context, migrations]) => ContextDatabase.connect({ context, url: database.url, migrations }));
  const databases = new Databases(await Promise.all(connected));
  for (const context of databases.all()) await context.migrate();
  const signals = new Map(['ordering', 'catalog'].map((context) => [context, new LogSignal({ connectionString: database.url }, `test_${context}`)]));
  const stores = new Logs(new Map([...signals].map(([context, signal]) => [context, new PostgresEventLog(databases.get(context), signal)])));
  const make = (overrides: Partial<ReadSideOptions> = {}, bus: EventBus = new LogEventBus(stores, { idleMs: 20 })) =>
    new ReadSide(stores, bus, databases, {
      clickhouse: { path },
      landing: { lingerMs: 10 },
      ...options,
      ...overrides,
    });
  let side = make();
  await side.start();
  return {
    databases,
    stores,
    get side() {
      return side;
    },
    make,
    append: (context, ...events) => append(databases.get(context), events),
    landed: () =>
      eventually(async () => {
        for (const [context, { position, head }] of Object.entries(await side.watermarks.current()))
          expect(`${context} ${position}`).toBe(`${context} ${head}`);
      }, 60_000),
    restart: async (overrides, bus) => {
      await side.stop();
      side = make(overrides, bus);
      await side.start();
    },
    tamper: async (context, statement) => void (await databases.get(context).query({ name: '', text: statement }, [])),
    drop: async () => {
      await side.stop();
      await Promise.all([...signals.values()].map((signal) => signal.close()));
      await Promise.all(databases.all().map((context) => context.close()));
      await database.drop();
      await rm(path, { recursive: true, force: true });
    },
  };
}

async function append(database: ContextDatabase, events: readonly RecordedEvent[]): Promise<string[]> {
  const schema = database.context;
  const ids = events.map(() => randomUUID());
  const versions = new Map<string, number>();
  const known = await database.query<{ id: string; version: number }>(
    { name: '', text: `select id, version from ${schema}.stream where id = any($1)` },
    [events.map(({ stream }) => stream)],
  );
  for (const { id, version } of known) versions.set(id, version);
  const before = new Map(versions);
  const numbered = events.map(({ stream }) => {
    versions.set(stream, (versions.get(stream) ?? 0) + 1);
    return versions.get(stream)!;
  });
  const streams = [...versions.keys()];
  await database.query(
    {
      name: '',
      text: `select ${schema}.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::text[], $12, $11::text[]::uuid[], $11::text[], '{}', '{}', '{}', '{}', '{}')`,
    },
    [
      streams,
      streams.map((stream) => before.get(stream) ?? 0),
      streams.map((stream) => versions.get(stream)! - (before.get(stream) ?? 0)),
      events.map(({ stream }) => stream),
      numbered,
      ids,
      events.map(({ type }) => type),
      events.map(() => 1),
      events.map(({ data }) => JSON.stringify(data)),
      events.map(({ occurredAt }) => occurredAt ?? new Date().toISOString()),
      events.map(() => null),
      events.map(() => randomUUID()),
    ],
  );
  await database.query({ name: '', text: `select ${schema}.sequence(epoch, 100000) from ${schema}.sequencer` }, []);
  return ids;
}
