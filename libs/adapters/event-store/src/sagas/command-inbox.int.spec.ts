import { eventually } from '@testing/eventually.js';
import { testSagas, type TestSagas } from '@testing/sagas.js';

/** What becomes of the commands of sagas at their receiver. */
describe('a command of a saga', () => {
  let test: TestSagas;
  beforeEach(async () => void (test = await testSagas()));
  afterEach(() => test.close());

  const status = async (id: string) => (await test.ask<{ status: string }>('select status from ordering.saga where id = $1', [id]))[0]?.status;
  const becomes = (id: string, expected: string) => eventually(async () => expect(await status(id)).toBe(expected));
  const outbox = () =>
    test.ask<{ id: string; attempts: number; error: string; parked: boolean }>('select id, attempts, error, parked from ordering.command_outbox');
  const raised = async (tally: string): Promise<string[]> =>
    (await test.stores.store('catalog').read(`tally-${tally}`)).map(({ data }) => (JSON.parse(data) as { errandId: string }).errandId);
  const refusals = async (id: string) =>
    (await test.stores.store('ordering').read(`saga-errand-${id}`))
      .map(({ data }) => (JSON.parse(data) as { on: { type: string; data: unknown } }).on)
      .filter(({ type }) => type === 'command-refused')
      .map(({ data }) => data);

  it('that is refused comes back as an event, once', async () => {
    await test.engine();
    await test.begin('e-1', { tally: 'full' });
    await becomes('e-1', 'failed');
    const commandId = 'saga-errand-e-1/1.1';
    expect(await refusals('e-1')).toEqual([{ commandId, command: 'RaiseTally', code: 'tally.full', detail: 'The tally is full at 0' }]);
    expect(await test.stores.store('catalog').read(`command-${commandId}`)).toMatchObject([{ type: 'catalog.CommandRefused' }]);
    expect(await raised('full')).toEqual([]);
    expect(await test.count(`catalog.receipt where key = '${commandId}'`)).toBe(1);
    await eventually(async () => expect(await outbox()).toEqual([]));
  });

  it('that nobody knows, or that is not as its schema says, is refused', async () => {
    await test.engine();
    await test.begin('e-1', { command: 'BurnTally' });
    await becomes('e-1', 'failed');
    await test.ask(`update ordering.command_outbox set data = '{}'`);
    expect(await refusals('e-1')).toMatchObject([{ code: 'saga.command-unknown' }]);
    test.world.isReachable = false;
    await test.begin('e-2', { tally: 'remote' });
    await eventually(async () => expect(await outbox()).toMatchObject([{ attempts: 3 }]));
    await test.ask(`update ordering.command_outbox set data = '{}'`);
    await becomes('e-2', 'failed');
    expect(await refusals('e-2')).toMatchObject([{ code: 'saga.command-malformed' }]);
  });

  it('that is unavailable is tried again for as long as it takes', async () => {
    test.world.isReachable = false;
    await test.engine();
    await test.begin('e-1', { tally: 'remote' });
    await test.begin('e-2');
    await becomes('e-2', 'ended');
    // Once more than what fails for another reason is tried.
    await eventually(async () => expect((await outbox())[0]!.attempts).toBe(4));
    expect(await outbox()).toMatchObject([{ id: 'saga-errand-e-1/1.1', parked: false }]);
    test.world.isReachable = true;
    await becomes('e-1', 'ended');
    expect(await raised('remote')).toEqual(['e-1']);
  });

  it('whose handler throws what it should not keeps none of its batch from being carried out', async () => {
    test.world.isBroken = true;
    const collecting = await test.engine({ targets: [] });
    await Promise.all(['e-1', 'e-2', 'e-3', 'e-4', 'e-5'].map((id) => test.begin(id, id === 'e-3' ? { tally: 'broken' } : {})));
    await eventually(async () => expect(await outbox()).toHaveLength(5));
    await collecting.stop();
    const engine = await test.engine();
    for (const id of ['e-1', 'e-2', 'e-4', 'e-5']) await becomes(id, 'ended');
    await eventually(async () => expect(await outbox()).toMatchObject([{ id: 'saga-errand-e-3/1.1', error: 'out of paper', parked: true }]));
    expect(await raised('tally')).toHaveLength(4);
    test.world.isBroken = false;
    await engine.sagas.retry('errand', 'e-3');
    await becomes('e-3', 'ended');
  });

  it('that cannot be stored is left out of its batch', async () => {
    const collecting = await test.engine({ targets: [] });
    await Promise.all(['e-1', 'e-2', 'e-3', 'e-4'].map((id) => test.begin(id, id === 'e-2' ? { tally: 'unstorable' } : {})));
    await eventually(async () => expect(await outbox()).toHaveLength(4));
    await collecting.stop();
    await test.engine({ attempts: 2 });
    for (const id of ['e-1', 'e-3', 'e-4']) await becomes(id, 'ended');
    await eventually(async () => expect(await outbox()).toMatchObject([{ id: 'saga-errand-e-2/1.1', attempts: 2, parked: true }]));
    expect((await raised('tally')).toSorted()).toEqual(['e-1', 'e-3', 'e-4']);
  });

  it('that asks slowly holds up neither those that do not, nor those that ask beside it', async () => {
    let answer: (by: number) => void = () => undefined;
    test.world.ask = (id) => (id === 'slow' ? new Promise((resolve) => (answer = resolve)) : Promise.resolve(1));
    await test.engine({ asking: 2 });
    await test.begin('slow', { command: 'AskForTally' });
    await eventually(() => expect(test.world.asked).toBe(1));
    await Promise.all([1, 2, 3, 4, 5, 6].map((n) => test.begin(`e-${n}`, n % 2 === 0 ? { command: 'AskForTally' } : {})));
    for (const n of [1, 2, 3, 4, 5, 6]) await becomes(`e-${n}`, 'ended');
    expect(await status('slow')).toBe('running');
    answer(4);
    await becomes('slow', 'ended');
    expect(await raised('tally')).toHaveLength(7);
  });

  it('is decided anew, and asked once, when others change what it is about', async () => {
    await test.engine();
    const busy = test.aggregates;
    const { tallies } = await import('@testing/errand.js');
    const repository = tallies(busy);
    const raise = (n: number) =>
      repository.execute('tally', { type: 'Raise', data: { errandId: `other-${n}`, tally: 'tally', by: 1 } }, () => ({ status: 200, body: null }));
    const others = Array.from({ length: 40 }, (_, n) => raise(n).catch(() => undefined));
    await Promise.all(Array.from({ length: 40 }, (_, n) => test.begin(`e-${n}`, n % 2 === 0 ? { command: 'AskForTally' } : {})));
    await Promise.all(others);
    for (const n of [0, 1, 38, 39]) await becomes(`e-${n}`, 'ended');
    await eventually(async () => expect(await outbox()).toEqual([]));
    expect((await raised('tally')).filter((id) => id.startsWith('e-'))).toHaveLength(40);
    expect(test.world.asked).toBe(20);
  });
});
