import { eventually } from '@testing/eventually.js';
import { notes, testEventStore, type TestEventStore } from '@testing/event-store.js';
import { AppendSignal, appendChannel } from './append-signal.js';
import { PostgresEventStores } from './event-stores.js';

const clock = { now: () => new Date().toISOString() };

describe('appends of a process without sequencers', () => {
  let test: TestEventStore;
  let errors: unknown[];
  beforeEach(async () => {
    test = await testEventStore();
    errors = [];
  });
  afterEach(() => test.close());

  const stores = (options: { wakes?: boolean; listens?: boolean }) =>
    new PostgresEventStores({
      databases: [test.database],
      registry: test.registry,
      scope: test.scope,
      clock,
      onError: (error) => errors.push(error),
      ...options,
    });
  const listening = () =>
    eventually(async () =>
      expect(
        await test.ask(`select 1 from pg_stat_activity where query = 'listen ${appendChannel('ordering')}' and datname = current_database()`),
      ).toHaveLength(1),
    );

  it('are given their positions by the process that has them', async () => {
    const [relay, api] = [stores({ listens: true }), stores({ wakes: true })];
    relay.start({ takeOver: true });
    await listening();
    await api.store('ordering').append({ streams: [notes('n-1', 0, 3)] });
    await eventually(async () => expect(await api.log('ordering').head()).toBe(3));
    await Promise.all([api.stop(), relay.stop()]);
    expect(errors).toEqual([]);
  });

  it('tell of themselves after their commit, and of many once', async () => {
    let told = 0;
    const client = await test.connection();
    client.on('notification', () => (told += 1));
    await client.query(`listen ${appendChannel('ordering')}`);
    const api = stores({ wakes: true });
    await Promise.all(Array.from({ length: 40 }, (_, index) => api.store('ordering').append({ streams: [notes(`n-${index}`, 0)] })));
    await eventually(() => expect(told).toBeGreaterThan(0));
    await eventually(async () => {
      const before = told;
      await client.query('select pg_sleep(0.1)');
      expect(told).toBe(before);
    });
    expect(told).toBeLessThan(20);
    await api.stop();
  });

  it('are told of again, where more came while the last word was fresh', async () => {
    const sent: unknown[] = [];
    const signal = new AppendSignal({ context: 'ordering', query: async (_, values) => (sent.push(values), []) }, (error) => errors.push(error));
    signal.tell();
    signal.tell();
    signal.tell();
    expect(sent).toEqual([[appendChannel('ordering'), '']]);
    await eventually(() => expect(sent).toHaveLength(2));
    signal.stop();
  });

  it('are none the worse for a word that is lost', async () => {
    const signal = new AppendSignal({ context: 'ordering', query: () => Promise.reject(new Error('the database is away')) }, (error) =>
      errors.push(error),
    );
    signal.tell();
    await eventually(() => expect(errors).toEqual([new Error('the database is away')]));
    signal.stop();
  });
});
