import { PolicyBreakers } from '@adapters/runtime/src/resilience/policy-breakers.js';
import type { BreakerState } from '@kernel/ports/breakers.js';
import { orderingMigrations } from '@migrations/postgres/src/ordering/index.js';
import { testEventStore, notes, type TestEventStore } from '@testing/event-store.js';
import { eventually } from '@testing/eventually.js';
import { TcpProxy } from '@testing/tcp-proxy.js';
import { ContextDatabase } from './context-database.js';
import { PostgresEventStore } from './postgres-event-store.js';
import { Sequencer } from './sequencer.js';

const UNAVAILABLE = { code: 'engine.unavailable', kind: 'unavailable', details: { retryAfterSeconds: 1 } };
const ASK = { name: 'guarded.ask', text: 'select 1 as one' };

describe('a database behind its breaker', () => {
  let server: TestEventStore;
  let proxy: TcpProxy;
  let breakers: PolicyBreakers;
  let database: ContextDatabase;
  let changes: string[];
  beforeAll(async () => void (server = await testEventStore()));
  afterAll(() => server?.close());
  beforeEach(async () => {
    proxy = await TcpProxy.before(server.url);
    changes = [];
    breakers = new PolicyBreakers((name, state: BreakerState) => changes.push(`${name} ${state}`));
    database = await ContextDatabase.connect({ context: 'ordering', url: proxy.via(server.url), migrations: orderingMigrations, breakers });
  });
  afterEach(async () => {
    breakers.stop();
    await proxy.close();
    await database.close();
  });

  const ask = () => database.query<{ one: number }>(ASK, []);
  const failure = (work: Promise<unknown>) => work.then(() => null).catch((error: unknown) => error);
  const opened = () =>
    eventually(async () => {
      expect(await failure(ask())).toBeInstanceOf(Error);
      expect(changes.at(-1)).toBe('postgres.ordering open');
    });

  it('opens when Postgres dies, refuses at once, and closes by itself when it is back', async () => {
    expect(await ask()).toEqual([{ one: 1 }]);
    await proxy.kill();
    await opened();
    expect(changes).toEqual(['postgres.ordering open']);
    expect(await failure(database.ping())).toMatchObject(UNAVAILABLE);
    await proxy.restart();
    await eventually(async () => expect(await ask()).toEqual([{ one: 1 }]));
    await database.ping();
    expect(changes).toEqual(['postgres.ordering open', 'postgres.ordering closed']);
  });

  it('refuses what never reached Postgres before it opens, too', async () => {
    await proxy.kill();
    expect(await failure(ask())).toMatchObject(UNAVAILABLE);
    expect(changes).toEqual([]);
  });

  it('throws what has happened to a call that was made, and only what was not made is refused', async () => {
    await ask();
    const asleep = failure(database.query({ name: 'guarded.sleep', text: 'select pg_sleep(60)' }, []));
    await eventually(async () =>
      expect(await server.ask(`select from pg_stat_activity where query = 'select pg_sleep(60)' and datname = current_database()`)).toHaveLength(1),
    );
    await proxy.kill();
    expect(await asleep).toMatchObject({ message: 'Connection terminated unexpectedly' });
  });

  it('lets nobody wait for one that hangs: while one call tries it, all others are refused', async () => {
    await proxy.kill();
    await opened();
    proxy.hang();
    await proxy.restart();
    const tried = await eventually(async () => {
      let isAnswered = false;
      const call = failure(ask()).finally(() => (isAnswered = true));
      expect(await failure(ask())).toMatchObject(UNAVAILABLE);
      expect(isAnswered).toBe(false);
      return { call };
    });
    await eventually(() => expect(proxy.connections).toBe(1));
    proxy.goOn();
    expect(await tried.call).not.toBeNull();
  });

  it('stays closed for whatever Postgres answers', async () => {
    const text = `insert into ordering.stream (id, version) values ('twice', 1)`;
    await database.query({ name: 'guarded.twice', text }, []);
    for (let times = 0; times < 8; times++)
      expect(await failure(database.query({ name: 'guarded.twice', text }, []))).toMatchObject({ code: '23505' });
    for (let times = 0; times < 8; times++)
      expect(await failure(database.query({ name: 'guarded.bad', text: 'select nothing' }, []))).toMatchObject({ code: '42703' });
    expect([changes, await ask()]).toEqual([[], [{ one: 1 }]]);
  });

  it('tells nobody of a commit for an append that was refused', async () => {
    const told: string[] = [];
    const clock = { now: () => new Date().toISOString() };
    const store = new PostgresEventStore(database, server.registry, server.scope, clock, undefined, async (_, events) => {
      told.push(...events.map(({ stream }) => stream));
    });
    await proxy.kill();
    await opened();
    expect(await failure(store.append({ streams: [notes('refused', 0)] }))).toMatchObject(UNAVAILABLE);
    expect(told).toEqual([]);
  });

  it('keeps no sequencer from going on when Postgres is back, nor from stopping while it is away', async () => {
    const errors: unknown[] = [];
    const sequencer = new Sequencer(database, { owner: 'guarded', pollMs: { busy: 5, idle: 20 }, onError: (error) => errors.push(error) });
    sequencer.start({ takeOver: true });
    try {
      await proxy.kill();
      await eventually(() => expect([changes, errors.at(-1)]).toMatchObject([['postgres.ordering open'], UNAVAILABLE]));
      await server.store.append({ streams: [notes('meanwhile', 0)] });
      await proxy.restart();
      await eventually(async () => expect(await server.ask('select from ordering.outbox')).toEqual([]));
      await proxy.kill();
      await eventually(() => expect(changes).toEqual(['postgres.ordering open', 'postgres.ordering closed', 'postgres.ordering open']));
    } finally {
      await sequencer.stop();
    }
  });
});
