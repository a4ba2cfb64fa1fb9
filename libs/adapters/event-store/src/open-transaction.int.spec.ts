import { notes, testEventStore, type TestEventStore } from '@testing/event-store.js';

const EVENTS = 500_000;
const BATCH = 5_000;
const COMPACT_AFTER = 25_000;

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Appends a stream of `BATCH` events by the store's own function, without their text passing through this process. */
const APPEND_BATCH = `
  select ordering.append(array[$1::text], array[0], array[$2::int],
    array_agg($1::text), array_agg(n), array_agg(gen_random_uuid()), array_agg('test.Noted'::text), array_agg(1),
    array_agg('{"by":"bulk","n":' || n || '}'), array_agg(now()), array_agg(null::text), array_agg(gen_random_uuid()), array_agg(null::uuid), array_agg(null::text),
    '{}', '{}', '{}', '{}', '{}')
  from generate_series(1, $2::int) n`;

describe('a transaction held open on the server', () => {
  let test: TestEventStore;
  beforeAll(async () => void (test = await testEventStore()));
  afterAll(() => test.close());

  it('stalls no position and slows no poll through 500,000 events', async () => {
    const sequencer = test.sequencer({ compactAfter: COMPACT_AFTER });
    await sequencer.lease();
    const open = await test.connection();
    // Its snapshot stands from now on: nothing that dies later can be vacuumed.
    await open.query('begin isolation level repeatable read; create table held (id int); select 1');

    const polls: number[] = [];
    let largest = 0;
    for (let appended = 0; appended < EVENTS; appended += BATCH) {
      await test.ask(APPEND_BATCH, [`bulk-${appended}`, BATCH]);
      let moved = 0;
      while (moved < BATCH) moved += await sequencer.sequence();
      const started = performance.now();
      expect(await sequencer.sequence()).toBe(0);
      polls.push(performance.now() - started);
      const [{ bytes }] = (await test.ask(`select pg_relation_size('ordering.outbox')::int as bytes`)) as [{ bytes: number }];
      largest = Math.max(largest, bytes);
    }

    expect(await test.log.head()).toBe(EVENTS);
    const [{ snapshots }] = (await test.ask(
      `select count(*)::int as snapshots from pg_stat_activity where backend_xmin is not null and state = 'idle in transaction' and datname = current_database()`,
    )) as [{ snapshots: number }];
    expect(snapshots).toBe(1);
    // A dead row takes some 44 bytes: all of them would be 22 MB, and every poll would wade through them.
    expect(largest).toBeLessThan(2 * (COMPACT_AFTER + BATCH) * 64);
    expect(median(polls.slice(-20))).toBeLessThan(10 * median(polls.slice(0, 20)) + 5);
    await open.query('rollback');
    open.release();

    await test.store.append({ streams: [notes('after', 0)] });
    expect(await sequencer.sequence()).toBe(1);
    const [dense] = await test.ask(
      `select count(*)::int as rows, max(position)::int as last, count(distinct event_id)::int as events from ordering.event_log`,
    );
    expect(dense).toEqual({ rows: EVENTS + 1, last: EVENTS + 1, events: EVENTS + 1 });
  }, 240_000);

  it('that reads the outbox itself puts off the compaction and nothing else', async () => {
    const compacting = async (owner: string) => {
      const sequencer = test.sequencer({ owner, compactAfter: 1 });
      await sequencer.lease(true);
      return sequencer;
    };
    const bytes = async () => (await test.ask<{ bytes: number }>(`select pg_relation_size('ordering.outbox')::int as bytes`))[0]!.bytes;
    const held = await compacting('held up');
    const open = await test.connection();
    await open.query('begin; select count(*) from ordering.outbox');
    for (let version = 0; version < 5; version++) {
      await test.store.append({ streams: [notes('locked', version)] });
      expect(await held.sequence()).toBe(1);
    }
    expect(await bytes()).toBeGreaterThan(0);
    await open.query('rollback');
    open.release();
    await test.store.append({ streams: [notes('locked', 5)] });
    expect(await (await compacting('free')).sequence()).toBe(1);
    expect(await bytes()).toBe(0);
  });
});
