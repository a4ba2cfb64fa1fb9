import { setTimeout as pause } from 'node:timers/promises';
import { Refusal } from '@kernel/refusal.js';
import { eventually } from '@testing/eventually.js';
import { notes, testEventStore, type TestEventStore } from '@testing/event-store.js';
import type { Sequencer } from './sequencer.js';

const WRITERS = 16;
const APPENDS = 60;
const STREAMS = 24;

/** The log must hold every event once, at positions 1..N, and no stream's events out of their order. */
async function expectWholeLog(test: TestEventStore, events: number): Promise<void> {
  const [log] = await test.ask(`
    select count(*)::int as rows, coalesce(min(position), 1)::int as first, coalesce(max(position), 0)::int as last,
           (select count(*)::int from ordering.event e where not exists (select 1 from ordering.event_log l where l.event_id = e.id)) as lost,
           (select count(*)::int from ordering.outbox) as waiting,
           (select position::int from ordering.sequencer) as counter
    from ordering.event_log`);
  expect(log).toEqual({ rows: events, first: 1, last: events, lost: 0, waiting: 0, counter: events });
  const [{ inverted }] = (await test.ask(`
    select count(*)::int as inverted from (
      select e.stream_version - lag(e.stream_version, 1, 0) over (partition by e.stream_id order by l.position) as step
      from ordering.event_log l join ordering.event e on e.id = l.event_id) steps where step <> 1`)) as [{ inverted: number }];
  expect(inverted).toBe(0);
}

/** Appends one to three notes to streams drawn by chance, as often as asked, against every other writer. */
async function write(test: TestEventStore, writer: number): Promise<number> {
  let written = 0;
  for (let done = 0; done < APPENDS;) {
    const stream = `stream-${Math.floor(Math.random() * STREAMS)}`;
    const count = 1 + Math.floor(Math.random() * 3);
    const version = (await test.store.versions([stream])).get(stream)!;
    if (Math.random() < 0.2) await pause(Math.random() * 8);
    try {
      await test.store.append({ streams: [notes(stream, version, count, `writer-${writer}`)] });
      done += 1;
      written += count;
    } catch (error) {
      if (!(error instanceof Refusal && error.kind === 'stale')) throw error;
    }
  }
  return written;
}

const writers = async (test: TestEventStore): Promise<number> => {
  const written = await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(test, writer)));
  return written.reduce((total, events) => total + events, 0);
};

describe('the sequencer', () => {
  let test: TestEventStore;
  beforeEach(async () => void (test = await testEventStore({ poolSize: 24 })));
  afterEach(() => test.close());

  it('loses and inverts nothing under 16 writers with two sequencers that both believe in themselves', async () => {
    const [one, other] = [test.sequencer({ batch: 50 }), test.sequencer({ batch: 7 })];
    await one.lease(true);
    // The same owner and epoch: as if the lease had let both through.
    await other.lease();
    Object.assign(other, { epoch: (one as unknown as { epoch: number }).epoch });
    let writing = true;
    const run = async (sequencer: Sequencer): Promise<void> => {
      while (writing || (await sequencer.sequence()) > 0) {
        await sequencer.sequence();
        await pause(Math.random() * 3);
      }
    };
    const running = Promise.all([run(one), run(other)]);
    const events = await writers(test);
    writing = false;
    await running;
    await expectWholeLog(test, events);
  });

  it('loses and inverts nothing while two take the lease from each other', async () => {
    const errors: unknown[] = [];
    const [one, other] = ['one', 'other'].map((owner) =>
      test.sequencer({ owner, batch: 20, compactAfter: 200, onError: (error) => errors.push(error) }),
    ) as [Sequencer, Sequencer];
    one.start();
    other.start();
    let writing = true;
    const coup = (async () => {
      while (writing) {
        await test.ask(`update ordering.sequencer set lease_until = '-infinity'`);
        await pause(20);
      }
    })();
    const events = await writers(test);
    writing = false;
    await coup;
    await eventually(async () => expect(await test.log.head()).toBe(events));
    await Promise.all([one.stop(), other.stop()]);
    expect(errors).toEqual([]);
    await expectWholeLog(test, events);
  });

  it('fences a zombie whose epoch is over', async () => {
    const [zombie, heir] = [test.sequencer({ owner: 'zombie' }), test.sequencer({ owner: 'heir' })];
    await zombie.lease();
    await test.store.append({ streams: [notes('z', 0, 3)] });
    expect(await zombie.sequence()).toBe(3);
    await heir.lease(true);
    await test.store.append({ streams: [notes('z', 3, 2)] });
    expect(await zombie.sequence()).toBe(0);
    expect(await test.log.head()).toBe(3);
    expect(await zombie.lease()).toBe(false);
    expect(await heir.sequence()).toBe(2);
    await expectWholeLog(test, 5);
  });

  it('leaves a lease alone that has not run out, and takes it when it has', async () => {
    const [holder, next] = [test.sequencer({ owner: 'holder' }), test.sequencer({ owner: 'next' })];
    expect(await holder.lease()).toBe(true);
    expect(await next.lease()).toBe(false);
    await test.ask(`update ordering.sequencer set lease_until = '-infinity'`);
    expect(await next.lease()).toBe(true);
    expect(await holder.lease()).toBe(false);
  });

  it('waits for a row that somebody holds and never passes it over', async () => {
    const sequencer = test.sequencer();
    await sequencer.lease();
    await test.store.append({ streams: [notes('held', 0)] });
    await test.store.append({ streams: [notes('held', 1, 2)] });
    const holder = await test.connection();
    await holder.query('begin; select 1 from ordering.outbox where id = 1 for update');
    const moving = sequencer.sequence();
    await pause(150);
    expect(await test.log.head()).toBe(0);
    await holder.query('rollback');
    holder.release();
    expect(await moving).toBe(3);
    await expectWholeLog(test, 3);
  });

  it('gives positions in an order of their own to an append that commits late', async () => {
    const sequencer = test.sequencer();
    await sequencer.lease();
    const late = await test.connection();
    await late.query(`begin; insert into ordering.outbox (event_id) values ('01890a5d-ac96-774b-bcce-b302099a8057')`);
    await test.store.append({ streams: [notes('early', 0, 2)] });
    expect(await sequencer.sequence()).toBe(2);
    await late.query('commit');
    late.release();
    expect(await sequencer.sequence()).toBe(1);
    expect(await test.log.positionOf('01890a5d-ac96-774b-bcce-b302099a8057')).toBe(3);
  });

  it('wakes who listens, and says where the log was at an instant', async () => {
    let woken = 0;
    const unsubscribe = test.log.onAdvance(() => void (woken += 1));
    await eventually(async () =>
      expect(await test.ask(`select 1 from pg_stat_activity where query = 'listen ordering_log' and datname = current_database()`)).toHaveLength(1),
    );
    const sequencer = test.sequencer();
    sequencer.start();
    await test.store.append({ streams: [notes('wake', 0, 2)] });
    await eventually(() => expect(woken).toBeGreaterThan(0));
    unsubscribe();
    await sequencer.stop();
    const events = await test.log.readAfter(0, 10);
    expect(events.map(({ position, streamVersion }) => [position, streamVersion])).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(await test.log.readAfter(1, 10)).toHaveLength(1);
    expect(await test.log.readAfter(0, 1)).toHaveLength(1);
    expect(await test.log.positionAt(events[1]!.sequencedAt)).toBe(2);
    expect(await test.log.positionAt('2001-01-01T00:00:00.000Z')).toBe(0);
    expect(await test.log.positionOf('01890a5d-ac96-774b-bcce-b302099a8057')).toBeNull();
  });
});
