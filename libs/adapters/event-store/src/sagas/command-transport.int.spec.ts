import { jest } from '@jest/globals';
import { Refusal } from '@kernel/refusal.js';
import { eventually } from '@testing/eventually.js';
import { MemoryCommands } from '@testing/memory-commands.js';
import { testSagas, type TestSagas } from '@testing/sagas.js';

/** Sagas in one process, those who carry out their commands in others. */
describe('a command on its way to another process', () => {
  let test: TestSagas;
  let transport: MemoryCommands;
  beforeEach(async () => {
    test = await testSagas();
    transport = new MemoryCommands();
  });
  afterEach(() => test.close());

  const status = async (id: string) => (await test.ask<{ status: string }>('select status from ordering.saga where id = $1', [id]))[0]?.status;
  const becomes = (id: string, expected: string) => eventually(async () => expect(await status(id)).toBe(expected));
  const outbox = () => test.ask<{ id: string; parked: boolean; error: string }>('select id, parked, error from ordering.command_outbox order by seq');
  const inbox = () =>
    test.ask<{ id: string; attempts: number; parked: boolean; error: string }>(
      'select id, attempts, parked, error from catalog.command_inbox order by seq',
    );
  const raised = async (tally = 'tally'): Promise<string[]> =>
    (await test.stores.store('catalog').read(`tally-${tally}`)).map(({ data }) => (JSON.parse(data) as { errandId: string }).errandId);

  it('is sent, received, carried out and answered, and leaves nothing behind', async () => {
    const runner = await test.engine({}, { transport });
    test.reception(transport);
    await test.begin('e-1');
    await test.begin('e-2', { tally: 'full' });
    await becomes('e-1', 'ended');
    await becomes('e-2', 'failed');
    expect(transport.sent).toHaveLength(2);
    expect(transport.sent[0]).toEqual({
      id: 'saga-errand-e-1/1.1',
      source: 'ordering',
      saga: 'errand',
      sagaId: 'e-1',
      target: 'catalog',
      name: 'RaiseTally',
      data: '{"errandId":"e-1","tally":"tally"}',
      actor: null,
      correlationId: expect.any(String),
      causationId: expect.any(String),
      traceparent: null,
    });
    await eventually(async () => expect([await outbox(), await inbox()]).toEqual([[], []]));
    expect((await runner.sagas.one('errand', 'e-1')).pending).toEqual([]);
  });

  it('has its effect once, however often it is delivered and whoever receives it', async () => {
    await test.engine({}, { transport });
    const first = test.reception(transport);
    await Promise.all([1, 2, 3, 4, 5, 6].map((n) => test.begin(`e-${n}`, n % 2 === 0 ? { command: 'AskForTally' } : {})));
    test.reception(transport);
    await transport.repeat();
    for (const n of [1, 2, 3, 4, 5, 6]) await becomes(`e-${n}`, 'ended');
    await first.stop();
    await transport.repeat();
    await eventually(async () => expect(await inbox()).toEqual([]));
    expect((await raised()).toSorted()).toEqual(['e-1', 'e-2', 'e-3', 'e-4', 'e-5', 'e-6']);
  });

  it('asks nobody again, such as a payment service, where it comes again after it was carried out, or refused', async () => {
    test.world.ask = async (errandId) => {
      if (errandId === 'e-2') throw new Refusal('refund-refused', 'conflict', 'not today');
      return 1;
    };
    await test.engine({}, { transport });
    test.reception(transport);
    await test.begin('e-1', { command: 'AskForTally' });
    await test.begin('e-2', { command: 'AskForTally' });
    await becomes('e-1', 'ended');
    await becomes('e-2', 'failed');
    await eventually(async () => expect(await inbox()).toEqual([]));
    expect(test.world.asked).toBe(2);
    await transport.repeat();
    await eventually(async () => expect(await inbox()).toEqual([]));
    expect(test.world.asked).toBe(2);
    expect(await raised()).toEqual(['e-1']);
  });

  it('asks nobody again where whoever was refused died before it could tell its queue', async () => {
    test.world.ask = () => Promise.reject(new Refusal('refund-refused', 'conflict', 'not today'));
    // Nothing is ever forgotten, and every claim is over at once.
    await test.ask(`create or replace function catalog.finish_received_commands(p_ids text[]) returns void language sql as $$ select 1 / 0 $$`);
    await test.engine({}, { transport });
    test.reception(transport, { leaseMs: 0, idleMs: 10, attempts: 1_000 });
    await test.begin('e-1', { command: 'AskForTally' });
    await becomes('e-1', 'failed');
    const claimed = (times: number) => eventually(async () => expect((await inbox())[0]!.attempts).toBeGreaterThan(times));
    // Whoever had begun to ask before the refusal was stored is through by then.
    await claimed(4);
    const { asked } = test.world;
    test.world.ask = async () => 1;
    await claimed(8);
    expect(test.world.asked).toBe(asked);
    expect(await raised()).toEqual([]);
  });

  it('is kept once where it comes again before it is carried out', async () => {
    test.world.isReachable = false;
    await test.engine({}, { transport });
    test.reception(transport);
    await test.begin('e-1', { tally: 'remote' });
    await eventually(async () => expect(await inbox()).toHaveLength(1));
    await transport.repeat();
    expect(await inbox()).toHaveLength(1);
    test.world.isReachable = true;
    await becomes('e-1', 'ended');
    expect(await raised('remote')).toEqual(['e-1']);
  });

  it('is sent again where a sender died before it could tell, also while that one still lives', async () => {
    // Nothing is forgotten by whoever has sent it, and whoever comes next finds its claims over.
    await test.ask(`create or replace function ordering.finish_commands(p_ids text[]) returns void language sql as $$ select 1 / 0 $$`);
    const zombie = await test.engine({ leaseMs: 0 }, { transport });
    const other = await test.engine({ leaseMs: 0 }, { transport });
    test.reception(transport);
    await test.begin('e-1');
    await becomes('e-1', 'ended');
    await eventually(() => expect(transport.sent.length).toBeGreaterThan(2));
    await Promise.all([zombie.stop(), other.stop()]);
    await eventually(async () => expect(await inbox()).toEqual([]));
    expect(await raised()).toEqual(['e-1']);
    expect(await outbox()).toMatchObject([{ id: 'saga-errand-e-1/1.1', parked: false }]);
  });

  it('waits for a transport that is away, and is never parked', async () => {
    const runner = await test.engine({ attempts: 2 }, { transport });
    test.reception(transport);
    transport.isAway = true;
    await test.begin('e-1');
    const attempts = async () => (await test.ask<{ attempts: number }>('select attempts from ordering.command_outbox'))[0]?.attempts;
    const failures = () => test.errors.filter((error) => String(error).includes('transport is away')).length;
    await eventually(() => expect(failures()).toBeGreaterThan(4));
    expect(await attempts()).toBeLessThan(4);
    const { pending, stuck } = await runner.sagas.one('errand', 'e-1');
    expect(pending).toMatchObject([{ id: 'saga-errand-e-1/1.1', parked: false, error: 'not sent: the transport is away' }]);
    expect(stuck).toBe(false);
    transport.isAway = false;
    await becomes('e-1', 'ended');
    expect(await raised()).toEqual(['e-1']);
  });

  it('waits in the transport for a receiver’s database', async () => {
    await test.engine({}, { transport });
    test.reception(transport);
    await test.ask('alter table catalog.command_inbox rename to command_inbox_away');
    await test.begin('e-1');
    await eventually(async () => expect([transport.sent.length, await outbox()]).toEqual([1, []]));
    await test.ask('alter table catalog.command_inbox_away rename to command_inbox');
    await test.begin('e-2');
    await becomes('e-2', 'ended');
    await becomes('e-1', 'ended');
    expect((await raised()).toSorted()).toEqual(['e-1', 'e-2']);
  });

  it('that this release does not know, or cannot read, is parked with its reason, and holds nobody up', async () => {
    await test.engine({}, { transport });
    test.reception(transport, { attempts: 2 });
    await test.begin('e-1', { command: 'BurnTally' });
    await eventually(async () => expect(await inbox()).toHaveLength(1));
    const known = { ...transport.sent[0]!, id: 'saga-errand-e-0/1.1', name: 'RaiseTally', data: '{"tally":7}' };
    await transport.send('catalog', [known]);
    await test.begin('e-2');
    await becomes('e-2', 'ended');
    await eventually(async () =>
      expect(await inbox()).toMatchObject([
        { id: 'saga-errand-e-1/1.1', attempts: 2, parked: true, error: 'catalog knows no command BurnTally: a release that does may be missing' },
        { id: 'saga-errand-e-0/1.1', attempts: 2, parked: true, error: expect.stringContaining('RaiseTally is not as its schema says') },
      ]),
    );
    expect(await status('e-1')).toBe('running');
  });

  it('that was received by a release that did not know it is carried out by one that does', async () => {
    await test.engine({}, { transport });
    const { inbox: older } = test.reception(transport, { attempts: 1_000 });
    const unreadable = jest.spyOn(older, 'unreadable').mockReturnValue(new Error('not yet'));
    await test.begin('e-1');
    await eventually(async () => expect(await inbox()).toMatchObject([{ error: 'not yet', parked: false }]));
    unreadable.mockRestore();
    await becomes('e-1', 'ended');
    expect(await raised()).toEqual(['e-1']);
  });

  it('that its own context received and parked is among what its saga waits for, and tried again with it', async () => {
    const runner = await test.engine({ stuckSeconds: 3_600 }, { transport });
    await test.begin('e-1');
    await eventually(() => expect(transport.sent).toHaveLength(1));
    const parked = `insert into ordering.command_inbox (id, source, saga, saga_id, target, name, data, correlation_id, attempts, error, parked)
      values ($1, $2, 'errand', $3, 'ordering', 'Pay', '{}', gen_random_uuid(), 12, 'no money', true)`;
    await test.ask(parked, ['c-1', 'ordering', 'e-1']);
    await test.ask(parked, ['c-2', 'elsewhere', 'e-1']);
    await test.ask(parked, ['c-3', 'ordering', 'e-9']);
    expect(await runner.sagas.one('errand', 'e-1')).toMatchObject({
      stuck: true,
      pending: [{ id: 'c-1', context: 'ordering', error: 'no money', parked: true }],
    });
    const { pending, stuck } = await runner.sagas.retry('errand', 'e-1');
    expect({ pending, stuck }).toEqual({ pending: [], stuck: false });
    expect(await test.ask('select id from ordering.command_inbox where parked order by id')).toEqual([{ id: 'c-2' }, { id: 'c-3' }]);
  });

  it('is parked where it fails too often, among the receiver’s own dead letters', async () => {
    test.world.isBroken = true;
    const runner = await test.engine({}, { transport });
    test.reception(transport, { attempts: 2 });
    await test.begin('e-1', { tally: 'broken' });
    await eventually(async () => expect(await inbox()).toMatchObject([{ parked: true, error: 'out of paper' }]));
    // It is another context's: the saga has nothing in hand, and waits.
    expect(await runner.sagas.one('errand', 'e-1')).toMatchObject({ pending: [], status: 'running' });
  });
});
