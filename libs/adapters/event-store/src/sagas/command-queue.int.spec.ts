import { eventually } from '@testing/eventually.js';
import { testEventStore, type TestEventStore } from '@testing/event-store.js';
import { CommandQueue } from './command-queue.js';

const CONTEXT = { actor: null, correlationId: '01890a5d-ac96-774b-bcce-b302099a8057', causationId: null, traceparent: null };
const ALL = { targets: ['catalog', 'ordering'], others: 100, asks: ['ordering.Pay'], asking: 100 };

describe('the command outbox', () => {
  let test: TestEventStore;
  beforeEach(async () => {
    test = await testEventStore();
    const commands = [
      ['1', 'catalog', 'Reserve'],
      ['2', 'ordering', 'Pay'],
      ['3', 'ordering', 'Confirm'],
      ['4', 'catalog', 'Pay'],
      ['5', 'ordering', 'Pay'],
    ].map(([id, target, name]) => ({ ...CONTEXT, id: id!, saga: 'errand', sagaId: 'e-1', target: target!, name: name!, data: '{"n":1}' }));
    await test.store.append({ streams: [], sagas: { commands } });
  });
  afterEach(() => test.close());

  const outbox = (owner: string, leaseMs = 60_000) => CommandQueue.outbox(test.database, owner, leaseMs);
  const idsOf = (claimed: readonly { command: { id: string } }[]): string[] => claimed.map(({ command }) => command.id);

  it('gives what is due in the order in which it was asked for, to one dispatcher', async () => {
    const [first, second] = await Promise.all([outbox('a').claim(ALL), outbox('b').claim(ALL)]);
    expect([...idsOf(first), ...idsOf(second)].toSorted()).toEqual(['1', '2', '3', '4', '5']);
    expect(idsOf(first)).toEqual(idsOf(first).toSorted());
    const command = { id: '1', name: 'Reserve', data: { n: 1 }, saga: { context: 'ordering', name: 'errand', id: 'e-1' }, ...CONTEXT };
    expect([...first, ...second].find(({ command: { id } }) => id === '1')).toMatchObject({ target: 'catalog', attempts: 1, command });
    expect(await outbox('c').claim(ALL)).toEqual([]);
  });

  it('counts those that ask apart, by context and name', async () => {
    expect(idsOf(await outbox('a').claim({ ...ALL, asking: 1, others: 0 }))).toEqual(['2']);
    expect(idsOf(await outbox('a').claim({ ...ALL, targets: ['catalog'], asking: 0 }))).toEqual(['1', '4']);
    expect(idsOf(await outbox('a').claim({ ...ALL, targets: [], others: 100 }))).toEqual(['5']);
    expect(idsOf(await outbox('a').claim({ ...ALL, others: 1 }))).toEqual(['3']);
  });

  it('takes nothing from a dispatcher that took over what another was too slow for', async () => {
    const slow = outbox('slow', 0);
    const [claimed] = await slow.claim({ ...ALL, others: 1, asking: 0 });
    const [again] = await outbox('next').claim({ ...ALL, others: 1, asking: 0 });
    expect(again).toMatchObject({ command: { id: '1' }, attempts: 2 });
    await slow.putBack([{ id: '1', attempts: claimed!.attempts, error: 'too slow', inMs: 0 }]);
    await slow.release([claimed!]);
    expect(await test.ask(`select claimed_by, error, next_attempt_at > now() as waits from ordering.command_outbox where id = '1'`)).toEqual([
      { claimed_by: 'next', error: null, waits: true },
    ]);
  });

  it('renews what its owner has in hand, and nothing that it gave back or lost', async () => {
    const own = outbox('a', 300);
    const claimed = await own.claim(ALL);
    await own.putBack([{ id: '1', attempts: 1, error: 'no', inMs: 0 }]);
    await own.release(claimed.filter(({ command: { id } }) => id === '2'));
    await test.ask(`update ordering.command_outbox set claimed_by = 'b', next_attempt_at = 'infinity' where id = '3'`);
    const ends = () =>
      test.ask<{ id: string; s: number }>(
        `select id, extract(epoch from next_attempt_at)::float8 as s from ordering.command_outbox where id in ('4', '5')`,
      );
    const before = await ends();
    await eventually(async () => expect(Math.min(...(await ends()).map(({ s }) => s))).toBeGreaterThan(Math.max(...before.map(({ s }) => s)) + 0.5));
    expect(
      await test.ask(`select id, claimed_by, next_attempt_at <= now() as due from ordering.command_outbox where id in ('1', '2', '3') order by id`),
    ).toEqual([
      { id: '1', claimed_by: null, due: true },
      { id: '2', claimed_by: null, due: true },
      { id: '3', claimed_by: 'b', due: false },
    ]);
    await own.finish(['4', '5']);
  });

  it('keeps what is put back until it is due, and what is parked for good', async () => {
    const own = outbox('a');
    const claimed = await own.claim(ALL);
    const back = (id: string, inMs: number | null) => ({ id, attempts: 1, error: `no ${id}\0`, inMs });
    await own.putBack([back('1', 0), back('2', 60_000), back('3', null)]);
    await own.finish(['4', '5']);
    expect(claimed).toHaveLength(5);
    expect(await own.claim(ALL)).toMatchObject([{ command: { id: '1' }, attempts: 2 }]);
    expect(await test.ask('select id, error, parked from ordering.command_outbox order by id')).toEqual([
      { id: '1', error: 'no 1', parked: false },
      { id: '2', error: 'no 2', parked: false },
      { id: '3', error: 'no 3', parked: true },
    ]);
  });
});
