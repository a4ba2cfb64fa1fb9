import { once } from './once.js';
import { ReceiptExists, type CommandOutcome, type EventStore } from './ports/event-store.js';
import { Refusal, type RefusalKind } from './refusal.js';

const claim = { principal: 'p', route: 'POST /orders/:id/ship', key: 'k', bodyDigest: 'd' };
const shipped: CommandOutcome = { status: 200, body: { status: 'shipped' }, version: 4 };
const again: CommandOutcome = { ...shipped, replayed: true };

/** A store whose receipt is asked for so often; each time the answer is the next of these. */
const storeOf = (...answers: (CommandOutcome | null | Error)[]): EventStore =>
  ({
    receipt: () => {
      const answer = answers.shift()!;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  }) as unknown as EventStore;
const refused = (kind: RefusalKind) => () => Promise.reject(new Refusal(`test.${kind}`, kind, 'no'));

describe('what an idempotency claim stands for', () => {
  it('is done where it was not done before', async () => {
    expect(await once(storeOf(null), claim, () => Promise.resolve(shipped))).toEqual(shipped);
  });

  it('is not done again, and answered as it was', async () => {
    const work = () => Promise.reject(new Error('done again'));
    expect(await once(storeOf(again), claim, work)).toEqual(again);
  });

  it.each<RefusalKind>(['conflict', 'stale', 'invalid', 'not-found', 'in-flight'])(
    'is answered as its twin was that has done it meanwhile, where it is refused as %s for that',
    async (kind) => {
      expect(await once(storeOf(null, again), claim, refused(kind))).toEqual(again);
      expect(await once(storeOf(null, again), claim, () => Promise.reject(new ReceiptExists('taken')))).toEqual(again);
    },
  );

  it('is refused where nobody has done it', async () => {
    await expect(once(storeOf(null, null), claim, refused('conflict'))).rejects.toMatchObject({ code: 'test.conflict' });
  });

  it('is not refused for good where nobody can tell', async () => {
    const away = new Refusal('service.unavailable', 'unavailable', 'The database does not answer');
    await expect(once(storeOf(null, away), claim, refused('conflict'))).rejects.toBe(away);
    await expect(once(storeOf(null), claim, refused('unavailable'))).rejects.toMatchObject({ code: 'test.unavailable' });
  });
});
