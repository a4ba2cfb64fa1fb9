import type { DeadLetter } from '@kernel/ports/dead-letters.js';
import type { RequestScope } from '@kernel/ports/request-context.js';
import { eventually } from '@testing/eventually.js';
import { MemoryCommands } from '@testing/memory-commands.js';
import { testSagas, type TestSagas } from '@testing/sagas.js';
import { Inbox } from '../sagas/inbox.js';
import type { SagaEngine } from '../sagas/saga-engine.js';
import { PostgresDeadLetters, type DeadLettersParts } from './postgres-dead-letters.js';

const ALL = { limit: 50 };
const only = ([found, ...others]: readonly DeadLetter[]): DeadLetter => {
  expect(others).toEqual([]);
  return found!;
};
const OPERATOR = { id: 'admin-1', roles: ['admin'], permissions: [], sessionId: 's' } as unknown as RequestScope['principal'];

let test: TestSagas;
beforeEach(async () => {
  test = await testSagas();
  test.scope.scope = { ...test.scope.scope, principal: OPERATOR, actor: 'admin-1' };
});
afterEach(() => test.close());

const lettersOf = (parts: Partial<DeadLettersParts> = {}) =>
  new PostgresDeadLetters({
    databases: test.databases.all(),
    stores: test.stores,
    registry: test.registry,
    scope: test.scope,
    inbox: null,
    sagas: null,
    transport: null,
    onError: (error) => test.errors.push(error),
    ...parts,
  });
const status = async (id: string) => (await test.ask<{ status: string }>('select status from ordering.saga where id = $1', [id]))[0]?.status;
const becomes = (id: string, expected: string) => eventually(async () => expect(await status(id)).toBe(expected));
const recorded = async (context: string, id: string) =>
  (await test.stores.store(context).read(`dead-letter-${id}`)).map(({ type, actor, data }) => ({ type, actor, data: JSON.parse(data) as unknown }));

describe('a message that a saga could not process', () => {
  let engine: SagaEngine;
  let letters: PostgresDeadLetters;
  /** One that fails, and one behind it. */
  beforeEach(async () => {
    engine = await test.engine();
    letters = lettersOf({ sagas: engine.sagas });
    await test.begin('e-1', { tally: 'poison' });
    await test.nudge('e-1');
    await eventually(async () => {
      if ((await letters.list('ordering', ALL)).length < 2) throw new Error('not parked yet');
    });
  });
  const [head, held] = ['saga-message-1', 'saga-message-2'];

  it('is listed with what it holds, and shown', async () => {
    const [second, first] = await letters.list('ordering', ALL);
    const common = { context: 'ordering', kind: 'saga-message', subject: 'errand/e-1', parkedAt: expect.stringMatching(/Z$/) };
    expect(first).toEqual({ ...common, id: head, type: 'ordering.ErrandBegun', state: 'parked', reason: 'poison' });
    expect(second).toEqual({ ...common, id: held, type: 'ordering.ErrandNudged', state: 'held', reason: 'held by the message before it' });
    expect(await letters.one('ordering', head)).toEqual({
      ...first,
      messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      data: expect.stringContaining('"tally":"poison"'),
      encoding: 'text',
      headers: {},
      attempts: null,
      behind: 1,
    });
    expect(await letters.list('ordering', { ...ALL, state: 'held' })).toEqual([second]);
    expect(await letters.list('ordering', { ...ALL, kind: 'inbox-command' })).toEqual([]);
    expect(await letters.list('ordering', { ...ALL, type: 'ordering.ErrandBegun' })).toEqual([first]);
    expect(await letters.list('ordering', { ...ALL, subject: 'errand/e-2' })).toEqual([]);
    expect(await letters.list('ordering', { limit: 1 })).toEqual([second]);
    expect(await letters.list('ordering', { limit: 5, after: [second!.parkedAt, second!.id] })).toEqual([first]);
    expect((await letters.counts()).filter(({ count }) => count > 0)).toEqual([
      { context: 'ordering', kind: 'saga-message', state: 'parked', count: 1 },
      { context: 'ordering', kind: 'saga-message', state: 'held', count: 1 },
    ]);
  });

  it('is handled by a retry, with all that waits behind it in order, whatever has been read since', async () => {
    expect(await letters.retry('ordering', head)).toMatchObject({ body: { id: head, outcome: 'parked', reason: 'poison' } });
    expect(await letters.list('ordering', ALL)).toHaveLength(2);
    await test.begin('e-2');
    await becomes('e-2', 'ended');
    test.world.isCured = true;
    expect(await letters.retry('ordering', head)).toEqual({ status: 200, body: { id: head, outcome: 'handled' } });
    expect(await letters.list('ordering', ALL)).toEqual([]);
    await becomes('e-1', 'ended');
    const told = (await test.stores.store('ordering').read('saga-errand-e-1')).map(
      ({ data }) => (JSON.parse(data) as { on: { type: string } }).on.type,
    );
    expect(told.slice(0, 2)).toEqual(['ordering.ErrandBegun', 'ordering.ErrandNudged']);
  });

  it('is given up for good by a discard, which is recorded, and lets go of what it held', async () => {
    const outcome = await letters.discard('ordering', head, 'ordered by mistake');
    expect(outcome).toMatchObject({ status: 200, version: 1, body: { id: head, discardedBy: 'admin-1', reason: 'ordered by mistake' } });
    expect(await recorded('ordering', head)).toEqual([
      {
        type: 'ordering.DeadLetterDiscarded',
        actor: 'admin-1',
        data: {
          deadLetterId: head,
          kind: 'saga-message',
          type: 'ordering.ErrandBegun',
          subject: 'errand/e-1',
          messageId: expect.any(String),
          reason: 'ordered by mistake',
        },
      },
    ]);
    expect(await test.ask('select id, kind, reason, discarded_by from ordering.dead_letter_discard')).toEqual([
      { id: head, kind: 'saga-message', reason: 'ordered by mistake', discarded_by: 'admin-1' },
    ]);
    expect(await letters.list('ordering', ALL)).toEqual([]);
    // A nudge begins nothing.
    expect(await engine.sagas.one('errand', 'e-1')).toMatchObject({ status: 'ended', outcome: 'ignored', parked: [] });
    await expect(letters.discard('ordering', head, 'again')).rejects.toMatchObject({ code: 'dead-letter.not-found' });
  });

  it('leaves its saga as ended where it would have begun it and nothing waits behind', async () => {
    await test.begin('e-3', { tally: 'poison' });
    await eventually(async () => expect(await letters.list('ordering', { ...ALL, subject: 'errand/e-3' })).toHaveLength(1));
    const { id } = only(await letters.list('ordering', { ...ALL, subject: 'errand/e-3' }));
    await letters.discard('ordering', id, 'nobody wants it');
    expect(await engine.sagas.one('errand', 'e-3')).toMatchObject({ status: 'ended', outcome: 'ignored', stuck: false });
    await engine.sagas.one('errand', 'e-1').then(({ status: other }) => expect(other).toBe('failed'));
  });

  it('comes before what waits behind it', async () => {
    const refusal = { code: 'dead-letter.held', kind: 'conflict', details: { subject: 'errand/e-1' } };
    await expect(letters.retry('ordering', held)).rejects.toMatchObject(refusal);
    await expect(letters.discard('ordering', held, 'why not')).rejects.toMatchObject(refusal);
    expect(await letters.list('ordering', ALL)).toHaveLength(2);
  });

  it('of a saga that this release does not have is discarded, but not retried', async () => {
    await test.ask(`update ordering.parked_message set saga = 'gone'`);
    await expect(letters.retry('ordering', head)).rejects.toMatchObject({ code: 'dead-letter.not-retryable' });
    await letters.discard('ordering', head, 'the workflow is no more');
    expect(await letters.list('ordering', ALL)).toMatchObject([{ id: held, state: 'parked' }]);
  });

  it('is discarded once of two at the same time', async () => {
    const both = await Promise.allSettled([letters.discard('ordering', head, 'a'), letters.discard('ordering', head, 'b')]);
    expect(both.map((each) => each.status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await recorded('ordering', head)).toHaveLength(1);
  });

  it('is decided on once for each Idempotency-Key, and on the version that was seen', async () => {
    const claim = { principal: 'admin-1', route: 'POST /x', key: 'k-1', bodyDigest: 'd' };
    test.scope.scope = { ...test.scope.scope, idempotency: claim };
    await letters.retry('ordering', head);
    expect(await test.stores.store('ordering').receipt(claim)).toMatchObject({ status: 200, body: { outcome: 'parked' } });
    test.scope.scope = { ...test.scope.scope, idempotency: { ...claim, key: 'k-2' }, expectedVersion: 3 };
    await expect(letters.discard('ordering', head, 'no')).rejects.toMatchObject({ code: 'concurrency.stale-version' });
    test.scope.scope = { ...test.scope.scope, expectedVersion: 0 };
    await letters.discard('ordering', head, 'yes');
    expect(await test.stores.store('ordering').receipt({ ...claim, key: 'k-2' })).toMatchObject({ version: 1, body: { reason: 'yes' } });
  });

  it('that is not there is not found', async () => {
    for (const id of ['saga-message-99', 'topic-message-1', 'inbox-command-1', 'saga-message-x', 'x', `saga-message-${'9'.repeat(30)}`])
      await expect(letters.one('ordering', id)).rejects.toMatchObject({ code: 'dead-letter.not-found', kind: 'not-found' });
    await expect(letters.one('catalog', head)).rejects.toMatchObject({ code: 'dead-letter.not-found' });
    await expect(letters.list('identity', ALL)).rejects.toMatchObject({ code: 'context.not-found', kind: 'not-found' });
  });
});

describe('a command that could not be carried out', () => {
  it('where its saga lives is carried out by a retry', async () => {
    test.world.isBroken = true;
    const { sagas } = await test.engine();
    const letters = lettersOf({ sagas });
    await test.begin('e-1', { tally: 'broken' });
    const { id } = await eventually(async () => {
      const found = await letters.list('ordering', ALL);
      expect(found).toMatchObject([{ kind: 'outbox-command', type: 'catalog.RaiseTally', subject: 'errand/e-1', reason: 'out of paper' }]);
      return only(found);
    });
    expect(await letters.one('ordering', id)).toMatchObject({ messageId: 'saga-errand-e-1/1.1', attempts: 3, behind: 0, data: expect.any(String) });
    test.world.isBroken = false;
    expect(await letters.retry('ordering', id)).toEqual({ status: 200, body: { id, outcome: 'queued' } });
    await becomes('e-1', 'ended');
    await expect(letters.retry('ordering', id)).rejects.toMatchObject({ code: 'dead-letter.not-found' });
  });

  it('where it was received is refused by a discard, which its saga is told', async () => {
    test.world.isBroken = true;
    const transport = new MemoryCommands();
    await test.engine({}, { transport });
    const { inbox } = test.reception(transport, { attempts: 2 });
    const letters = lettersOf({ inbox, transport });
    await test.begin('e-1', { tally: 'broken' });
    const { id } = await eventually(async () => {
      const found = await letters.list('catalog', ALL);
      expect(found).toMatchObject([{ id: 'inbox-command-1', reason: 'out of paper' }]);
      return only(found);
    });
    await letters.discard('catalog', id, 'the printer is gone');
    await becomes('e-1', 'failed');
    const refusal = await test.stores.store('catalog').read('command-saga-errand-e-1/1.1');
    expect(refusal).toMatchObject([{ type: 'catalog.CommandRefused', actor: 'admin-1', data: expect.stringContaining('the printer is gone') }]);
    expect(await recorded('catalog', id)).toMatchObject([{ data: { type: 'catalog.RaiseTally', messageId: 'saga-errand-e-1/1.1' } }]);
    expect(await letters.list('catalog', ALL)).toEqual([]);
    // Whatever delivers it once more finds that it was decided on.
    test.world.isBroken = false;
    await transport.repeat();
    await eventually(async () => expect(await test.count('catalog.command_inbox')).toBe(0));
    expect(await test.stores.store('catalog').read('tally-broken')).toEqual([]);
  });

  describe('at the same time as it is retried', () => {
    let inbox: Inbox;
    let id: string;
    beforeEach(async () => {
      test.world.isBroken = true;
      const transport = new MemoryCommands();
      await test.engine({}, { transport });
      ({ inbox } = test.reception(transport, { attempts: 2 }));
      await test.begin('e-1', { tally: 'broken' });
      ({ id } = await eventually(async () => {
        const found = await lettersOf({ inbox }).list('catalog', ALL);
        if (found.length === 0) throw new Error('not parked yet');
        return only(found);
      }));
      test.world.isBroken = false;
    });
    const retried = async (): Promise<void> => {
      await lettersOf({ inbox }).retry('catalog', id);
      await eventually(async () => expect(await test.count('catalog.command_inbox')).toBe(0));
    };
    const discard = (refuse: Inbox['refuse']) => lettersOf({ inbox: { refuse } as Inbox }).discard('catalog', id, 'the printer is gone');
    const refusals = async () => (await test.stores.store('catalog').read('command-saga-errand-e-1/1.1')).length;

    it('is given up and recorded where it was refused first', async () => {
      const outcome = await discard(async (...refused) => {
        const isRefused = await inbox.refuse(...refused);
        await retried();
        return isRefused;
      });
      expect(outcome).toMatchObject({ status: 200, body: { id, discardedBy: 'admin-1' } });
      expect(await recorded('catalog', id)).toMatchObject([{ actor: 'admin-1', data: { reason: 'the printer is gone' } }]);
      await becomes('e-1', 'failed');
    });

    it('is neither where it was carried out first', async () => {
      const discarding = discard(async (...refused) => {
        await retried();
        return inbox.refuse(...refused);
      });
      await expect(discarding).rejects.toMatchObject({ code: 'concurrency.stale-version' });
      expect([await recorded('catalog', id), await refusals()]).toEqual([[], 0]);
      await becomes('e-1', 'ended');
    });
  });

  it('is refused all the same where this release knows no such command', async () => {
    const transport = new MemoryCommands();
    await test.engine({}, { transport });
    const { inbox } = test.reception(transport, { attempts: 1 });
    const letters = lettersOf({ inbox });
    await test.begin('e-1', { command: 'BurnTally' });
    await eventually(async () => expect(await letters.list('catalog', ALL)).toHaveLength(1));
    await letters.discard('catalog', 'inbox-command-1', 'never existed');
    await becomes('e-1', 'failed');
    expect((await test.stores.store('catalog').read('command-saga-errand-e-1/1.1'))[0]!.data).toContain('"code":"command.discarded"');
  });

  it('is not discarded where nobody is who could refuse it', async () => {
    await test.ask(
      `insert into ordering.command_outbox (id, saga, saga_id, target, name, data, correlation_id, parked) values ('c-1', 'errand', 'e-1', 'shipping', 'Send', '{}', gen_random_uuid(), true)`,
    );
    const letters = lettersOf({ inbox: new Inbox(test.stores, test.registry) });
    await expect(letters.discard('ordering', 'outbox-command-1', 'no')).rejects.toMatchObject({ code: 'dead-letter.not-discardable' });
    expect(await letters.list('ordering', ALL)).toHaveLength(1);
  });
});
