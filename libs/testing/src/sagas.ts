import { LogEventBus } from '@adapters/event-bus/src/log-event-bus.js';
import { StoredAggregates } from '@adapters/event-store/src/aggregate-repository.js';
import { ContextDatabase, Databases } from '@adapters/event-store/src/context-database.js';
import { PostgresEventStores } from '@adapters/event-store/src/event-stores.js';
import { CommandReception } from '@adapters/event-store/src/sagas/command-reception.js';
import { Inbox } from '@adapters/event-store/src/sagas/inbox.js';
import { SagaEngine } from '@adapters/event-store/src/sagas/saga-engine.js';
import { SAGA_ENGINE_DEFAULTS, type SagaEngineOptions } from '@adapters/event-store/src/sagas/saga-options.js';
import { deadLetterEvents } from '@kernel/dead-letter-events.js';
import type { DomainEvent } from '@kernel/event.js';
import type { CommandTransport } from '@kernel/ports/command-transport.js';
import type { EventBus } from '@kernel/ports/event-bus.js';
import { SchemaRegistry } from '@kernel/schema-registry.js';
import { catalogMigrations } from '@migrations/postgres/src/catalog/index.js';
import { orderingMigrations } from '@migrations/postgres/src/ordering/index.js';
import pg from 'pg';
import { errand, errandEvents, errandHandlers, type Begun, type World } from './errand.js';
import { TestScope } from './event-store.js';
import { testDatabase } from './postgres.js';

const QUICK: Partial<SagaEngineOptions> = { idleMs: 20, retryMs: { first: 5, longest: 20 }, attempts: 3 };

/** Ordering and the catalog in a database of their own, with as many saga engines over them as a test wants. */
export async function testSagas() {
  const server = await testDatabase();
  const connect = (context: string, migrations: typeof orderingMigrations) => ContextDatabase.connect({ context, url: server.url, migrations });
  const databases = new Databases([await connect('ordering', orderingMigrations), await connect('catalog', catalogMigrations)]);
  await Promise.all(databases.all().map((database) => database.migrate()));
  const registry = new SchemaRegistry([...errandEvents, ...deadLetterEvents('ordering'), ...deadLetterEvents('catalog')]);
  const scope = new TestScope();
  const clock = { ahead: 0, now: (): string => new Date(Date.now() + clock.ahead).toISOString() };
  const errors: unknown[] = [];
  const stores = new PostgresEventStores({ databases: databases.all(), registry, scope, clock, onError: (error) => errors.push(error) });
  stores.start({ takeOver: true });
  const world: World = { isCured: false, isReachable: true, isBroken: false, ask: () => Promise.resolve(1), asked: 0 };
  const admin = new pg.Pool({ connectionString: server.url, max: 4 });
  admin.on('error', () => undefined);
  const engines: SagaEngine[] = [];
  const receptions: CommandReception[] = [];
  const ask = async <Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> =>
    (await admin.query<Row>(sql, values)).rows;

  return {
    world,
    databases,
    registry,
    clock,
    scope,
    stores,
    errors,
    /** Asks behind the engine's back. */
    ask,
    aggregates: new StoredAggregates(stores, registry, scope),
    /** One more engine, as another process would have it; `takeOver` as after a kill. */
    engine: async (
      options: Partial<SagaEngineOptions> = {},
      { takeOver = false, bus = new LogEventBus(stores, { idleMs: 20 }) as EventBus, transport = null as CommandTransport | null } = {},
    ) => {
      const inbox = new Inbox(stores, registry);
      for (const handler of errandHandlers(new StoredAggregates(stores, registry, scope), world)) inbox.register(handler);
      const engine = new SagaEngine({
        sagas: [errand(world)],
        databases,
        stores,
        bus,
        registry,
        scope,
        clock,
        commands: transport ?? inbox,
        onError: (error) => errors.push(error),
        options: { ...QUICK, ...options },
      });
      engines.push(engine);
      await engine.start({ takeOver });
      return engine;
    },
    /** The receiving end of commands for the catalog, as another process would have it. */
    reception: (transport: CommandTransport, options: Partial<SagaEngineOptions> = {}) => {
      const inbox = new Inbox(stores, registry);
      for (const handler of errandHandlers(new StoredAggregates(stores, registry, scope), world)) inbox.register(handler);
      const reception = new CommandReception({
        databases: [databases.get('catalog')],
        transport,
        inbox,
        options: { ...SAGA_ENGINE_DEFAULTS, ...QUICK, ...options },
        onError: (error) => errors.push(error),
      });
      receptions.push(reception);
      reception.start();
      return { inbox, stop: () => reception.stop() };
    },
    begin: (errandId: string, begun: Partial<Begun> = {}) => begin(stores, errandId, begun),
    nudge: (errandId: string, version = 1) => append(stores, errandId, version, { type: 'ordering.ErrandNudged', version: 1, data: { errandId } }),
    count: async (table: string): Promise<number> => (await ask<{ n: number }>(`select count(*)::int as n from ${table}`))[0]!.n,
    close: async () => {
      await Promise.all([...engines, ...receptions].map((each) => each.stop()));
      await stores.stop();
      await Promise.all([admin.end(), ...databases.all().map((database) => database.close())]);
      await server.drop();
    },
  };
}

export type TestSagas = Awaited<ReturnType<typeof testSagas>>;

const begin = (stores: PostgresEventStores, errandId: string, begun: Partial<Begun>) =>
  append(stores, errandId, 0, {
    type: 'ordering.ErrandBegun',
    version: 1,
    data: { errandId, command: 'RaiseTally', tally: 'tally', due: '2999-01-01T00:00:00.000Z', ...begun },
  });

async function append(stores: PostgresEventStores, errandId: string, expectedVersion: number, event: DomainEvent): Promise<void> {
  await stores.store('ordering').append({ streams: [{ stream: `errand-${errandId}`, expectedVersion, events: [event] }] });
}
