import { eventually } from '@testing/eventually.js';
import { testSagas, type TestSagas } from '@testing/sagas.js';

const SOON = '2999-01-01T00:00:00.000Z';
const PAST_SOON = Date.parse(SOON) - Date.now() + 1_000;

describe('messages and words to a saga', () => {
  let test: TestSagas;
  beforeEach(async () => void (test = await testSagas()));
  afterEach(() => test.close());

  const rows = (id: string) => test.ask<{ status: string; outcome: string | null }>('select status, outcome from ordering.saga where id = $1', [id]);
  const becomes = (id: string, expected: object) => eventually(async () => expect((await rows(id))[0]).toMatchObject(expected));
  const types = async (id: string): Promise<string[]> =>
    (await test.stores.store('ordering').read(`saga-errand-${id}`)).map(({ data }) => (JSON.parse(data) as { on: { type: string } }).on.type);
  const deadlines = () => test.count('ordering.deadline');
  const idle = () => eventually(async () => expect(await test.count('ordering.command_outbox')).toBe(0));

  describe('a deadline', () => {
    it('is told once it is reached by the clock, once, however many engines look', async () => {
      await Promise.all([test.engine({ targets: [] }), test.engine({ targets: [] })]);
      await test.begin('e-1', { due: SOON });
      await eventually(async () => expect(await deadlines()).toBe(1));
      test.clock.ahead = PAST_SOON;
      await becomes('e-1', { status: 'ended', outcome: 'late' });
      expect(await types('e-1')).toEqual(['ordering.ErrandBegun', 'deadline.late']);
      expect(await deadlines()).toBe(0);
      expect(test.errors).toEqual([]);
      expect(await test.ask('select name from ordering.command_outbox order by seq')).toEqual([{ name: 'RaiseTally' }, { name: 'LowerTally' }]);
      const [begun, late] = await test.stores.store('ordering').read('saga-errand-e-1');
      expect(late).toMatchObject({ correlationId: begun!.correlationId, causationId: begun!.id });
    });

    it('beside completion ends each saga in one way: what came first counts', async () => {
      await Promise.all([test.engine(), test.engine()]);
      const ids = Array.from({ length: 60 }, (_, n) => `e-${n}`);
      await Promise.all(
        ids.map(async (id, n) => {
          await test.begin(id, { due: SOON });
          if (n === 30) test.clock.ahead = PAST_SOON;
        }),
      );
      for (const id of ids) await becomes(id, { status: 'ended' });
      await idle();
      await eventually(async () => expect(await deadlines()).toBe(0));
      for (const id of ids) {
        const happened = await types(id);
        const [{ outcome } = { outcome: null }] = await rows(id);
        expect([outcome, happened.includes('deadline.late')]).toEqual(outcome === 'late' ? ['late', true] : ['done', false]);
        expect(happened.filter((type) => type === 'catalog.TallyRaised')).toHaveLength(1);
      }
      expect(test.errors).toEqual([]);
    });
  });

  describe('a message that its saga cannot process', () => {
    it('is parked with its reason, holds what comes after it for that saga, and nobody else', async () => {
      const engine = await test.engine();
      await test.begin('e-1', { tally: 'poison' });
      await test.nudge('e-1');
      await test.begin('e-2');
      await becomes('e-2', { status: 'ended' });
      await test.nudge('e-1', 2);
      await eventually(async () => expect(await test.count('ordering.parked_message')).toBe(3));
      expect(await engine.sagas.one('errand', 'e-1')).toMatchObject({
        status: 'failed',
        step: 'not-begun',
        version: 0,
        stuck: true,
        parked: [
          { type: 'ordering.ErrandBegun', reason: 'poison' },
          { type: 'ordering.ErrandNudged', reason: 'held by the message before it' },
          { type: 'ordering.ErrandNudged' },
        ],
      });
      expect(await engine.sagas.list({ stuckForSeconds: 0, limit: 10 })).toMatchObject([{ id: 'e-1' }]);
      await engine.sagas.retry('errand', 'e-1');
      expect(await test.count('ordering.parked_message')).toBe(3);
      expect(test.errors).toEqual([]);

      test.world.isCured = true;
      expect(await engine.sagas.retry('errand', 'e-1')).toMatchObject({ parked: [], stuck: false });
      await becomes('e-1', { status: 'ended', outcome: 'done' });
      expect((await types('e-1')).slice(0, 3)).toEqual(['ordering.ErrandBegun', 'ordering.ErrandNudged', 'ordering.ErrandNudged']);
      await test.nudge('e-1', 3);
      await eventually(async () => expect(await types('e-1')).toHaveLength(5));
    });

    it('is not held any more by one that was released meanwhile', async () => {
      const engine = await test.engine();
      await test.begin('e-1', { tally: 'poison' });
      await eventually(async () => expect(await test.count('ordering.parked_message')).toBe(1));
      test.world.isCured = true;
      await Promise.all([engine.sagas.retry('errand', 'e-1'), test.nudge('e-1'), test.nudge('e-2', 0)]);
      await becomes('e-1', { status: 'ended' });
      await eventually(async () => expect(await types('e-1')).toHaveLength(3));
      expect(await test.count('ordering.parked_message')).toBe(0);
    });
  });

  describe('an operator', () => {
    it('has a saga go on without its answer, or undo what it did', async () => {
      const collecting = await test.engine({ targets: [], stuckSeconds: 0 });
      test.scope.scope = { ...test.scope.scope, principal: { id: 'ada', roles: [], permissions: [], sessionId: '' } };
      for (const id of ['e-1', 'e-2']) await test.begin(id, { due: SOON });
      await eventually(async () => expect(await test.count('ordering.saga')).toBe(2));
      const { step: at } = await collecting.sagas.one('errand', 'e-1');
      await expect(collecting.sagas.skip('errand', 'e-1', 'another', 'too late')).rejects.toMatchObject({ code: 'saga.moved-on', kind: 'conflict' });
      expect(await collecting.sagas.skip('errand', 'e-1', at, 'it was done by hand')).toMatchObject({
        status: 'ended',
        outcome: 'skipped',
        deadlines: {},
        timeline: [{}, { on: { type: 'operator.skip', data: { by: 'ada', reason: 'it was done by hand', step: at } } }],
      });
      expect(await collecting.sagas.compensate('errand', 'e-2', 'ordered twice')).toMatchObject({
        outcome: 'undone',
        pending: [{ name: 'RaiseTally' }, { name: 'LowerTally' }],
      });
      expect((await test.stores.store('ordering').read('saga-errand-e-1'))[1]).toMatchObject({ actor: 'ada' });
      await expect(collecting.sagas.skip('errand', 'e-1', at, 'again')).rejects.toMatchObject({ code: 'saga.ended', kind: 'conflict' });
      await expect(collecting.sagas.compensate('errand', 'e-2', 'again')).rejects.toMatchObject({ code: 'saga.ended' });
      await collecting.stop();
      await test.engine();
      await idle();
      expect(await test.count(`catalog.event where type = 'catalog.TallyLowered'`)).toBe(1);
    });

    it('has a refused command asked for anew, under a new id', async () => {
      const engine = await test.engine();
      await test.begin('e-1', { tally: 'full' });
      await becomes('e-1', { status: 'failed' });
      await engine.sagas.retry('errand', 'e-1');
      await eventually(async () => expect((await types('e-1')).slice(2)).toEqual(['operator.retry', 'command-refused']));
      expect(await test.count(`catalog.receipt where key in ('saga-errand-e-1/1.1', 'saga-errand-e-1/3.1')`)).toBe(2);
    });

    it('skips nothing that may still move by itself', async () => {
      const collecting = await test.engine({ targets: [], stuckSeconds: 60 });
      await test.begin('e-1');
      await eventually(async () => expect(await test.count('ordering.saga')).toBe(1));
      const { step } = await collecting.sagas.one('errand', 'e-1');
      await expect(collecting.sagas.skip('errand', 'e-1', step, 'impatient')).rejects.toMatchObject({ code: 'saga.not-stuck', kind: 'conflict' });
      await test.ask(`update ordering.saga set moved_at = moved_at - interval '2 minutes'`);
      expect(await collecting.sagas.skip('errand', 'e-1', step, 'seen to')).toMatchObject({ status: 'ended' });
    });

    it('is told of a word that comes to nothing, and nothing is recorded', async () => {
      const engine = await test.engine();
      await test.begin('e-1', { tally: 'full' });
      await becomes('e-1', { status: 'failed' });
      const refusal = { code: 'saga.not-applicable', kind: 'conflict', details: { saga: 'errand', id: 'e-1', step: 'failed' } };
      await expect(engine.sagas.compensate('errand', 'e-1', 'why not')).rejects.toMatchObject(refusal);
      expect(await types('e-1')).toEqual(['ordering.ErrandBegun', 'command-refused']);
    });

    it('is told what there is nothing to do about', async () => {
      const engine = await test.engine();
      await test.begin('e-1');
      await becomes('e-1', { status: 'ended' });
      await idle();
      await expect(engine.sagas.retry('errand', 'e-1')).rejects.toMatchObject({ code: 'saga.nothing-to-retry', kind: 'conflict' });
      for (const [saga, id] of [
        ['errand', 'unknown'],
        ['unknown', 'e-1'],
      ] as const) {
        for (const ask of [
          () => engine.sagas.one(saga, id),
          () => engine.sagas.retry(saga, id),
          () => engine.sagas.skip(saga, id, 'any', 'why not'),
        ]) {
          await expect(ask()).rejects.toMatchObject({ code: 'saga.not-found', kind: 'not-found' });
        }
      }
    });

    it('lists the newest first, by what is asked for, a page at a time', async () => {
      const engine = await test.engine();
      for (const id of ['e-1', 'e-2', 'e-3', 'e-4', 'e-5']) {
        await test.begin(id, id === 'e-3' ? { tally: 'full' } : {});
        await becomes(id, { status: id === 'e-3' ? 'failed' : 'ended' });
      }
      const ids = async (filter: object) => (await engine.sagas.list({ limit: 10, ...filter })).map(({ id }) => id);
      expect(await ids({})).toEqual(['e-5', 'e-4', 'e-3', 'e-2', 'e-1']);
      expect(await ids({ status: 'failed' })).toEqual(['e-3']);
      expect(await ids({ saga: 'errand', id: 'e-2', status: 'ended' })).toEqual(['e-2']);
      expect(await ids({ saga: 'other' })).toEqual([]);
      const [, second] = await engine.sagas.list({ limit: 2 });
      expect(await ids({ limit: 2, after: [second!.startedAt, second!.saga, second!.id] })).toEqual(['e-3', 'e-2']);
    });

    it('takes for stuck at once what waits for an operator, and what is slow only after its time', async () => {
      const engine = await test.engine();
      await test.begin('e-1', { tally: 'full' });
      await becomes('e-1', { status: 'failed' });
      expect(await engine.sagas.one('errand', 'e-1')).toMatchObject({ stuck: true });
      const stuckFor = async (seconds: number) => (await engine.sagas.list({ limit: 10, stuckForSeconds: seconds })).map(({ id }) => id);
      expect(await stuckFor(0)).toEqual(['e-1']);
      expect(await stuckFor(3_600)).toEqual(['e-1']);
      await test.ask(`update ordering.saga set status = 'running'`);
      await test.ask('delete from ordering.deadline');
      expect(await engine.sagas.one('errand', 'e-1')).toMatchObject({ stuck: false });
      expect(await stuckFor(0)).toEqual([]);
      await test.ask(`update ordering.saga set moved_at = moved_at - interval '2 minutes'`);
      expect(await stuckFor(60)).toEqual(['e-1']);
      expect(await stuckFor(180)).toEqual([]);
    });
  });
});
