import { createHash } from 'node:crypto';
import type { BulkItem } from '@kernel/ports/bulk.js';
import type { AppendRequest, CommandOutcome, EventStore, EventStores } from '@kernel/ports/event-store.js';
import type { IdempotencyClaim, RequestContext } from '@kernel/ports/request-context.js';
import { Refusal } from '@kernel/refusal.js';
import { StoredBulkCommands } from './stored-bulk-commands.js';

/** A store that keeps receipts only. */
function receiptsOnly(): EventStore {
  const digests = new Map<string, string>();
  const store: Pick<EventStore, 'receipts' | 'readMany' | 'append'> = {
    receipts: (claims: readonly IdempotencyClaim[]) => {
      const found = claims.filter(({ key }) => digests.has(key));
      const replay: CommandOutcome = { status: 201, body: null, replayed: true };
      return Promise.resolve(new Map(found.map(({ key, bodyDigest }) => [key, digests.get(key) === bodyDigest ? replay : ('key-reused' as const)])));
    },
    readMany: () => Promise.resolve(new Map()),
    append: ({ receipts = [] }: AppendRequest) => {
      for (const { key, bodyDigest } of receipts) digests.set(key, bodyDigest);
      return Promise.resolve({ token: {} });
    },
  };
  return store as EventStore;
}

const item = (idempotencyKey: string, asked: string): BulkItem => ({
  idempotencyKey,
  asked,
  stream: asked,
  fold: () => ({ state: null, version: 0 }),
  plan: () => {
    if (asked === 'refused') throw new Refusal('test.refused', 'conflict', 'no');
    return { state: null, version: 1, append: { stream: asked, expectedVersion: 0, events: [] } };
  },
});

describe('bulk commands', () => {
  const store = receiptsOnly();
  const bulk = new StoredBulkCommands(
    { store: () => store } as unknown as EventStores,
    { current: () => ({ principal: { id: 'importer' } }) } as unknown as RequestContext,
  );
  const outcomes = async (...items: BulkItem[]) =>
    (await bulk.run('ordering', 'import', items)).results.map((result) => (result.outcome === 'refused' ? result.code : result.outcome));

  it('refuse another command under a key of the same bulk, however often it is sent', async () => {
    const items = [item('a', 'one'), item('a', 'two'), item('a', 'one'), item('b', 'three')];
    expect(await outcomes(...items)).toEqual(['created', 'idempotency.key-reused', 'replayed', 'created']);
    expect(await outcomes(...items)).toEqual(['replayed', 'idempotency.key-reused', 'replayed', 'replayed']);
  });

  it('are answered as their twins were that have done them meanwhile, where they are refused for that', async () => {
    const [late, twin] = [receiptsOnly(), item('t', 'refused')];
    let isTwinDone = false;
    const { key, bodyDigest } = { key: 't', bodyDigest: createHash('sha256').update(JSON.stringify('refused')).digest('hex') };
    const commands = new StoredBulkCommands(
      { store: () => late } as unknown as EventStores,
      { current: () => ({ principal: { id: 'importer' } }) } as unknown as RequestContext,
    );
    const plan = (...given: Parameters<BulkItem['plan']>) => {
      if (!isTwinDone)
        void late.append({
          streams: [],
          receipts: [{ principal: 'importer', route: 'import', key, bodyDigest, outcome: { status: 201, body: null } }],
        });
      isTwinDone = true;
      return twin.plan(...given);
    };
    expect((await commands.run('ordering', 'import', [{ ...twin, plan }])).results).toEqual([{ idempotencyKey: 't', outcome: 'replayed' }]);
  });

  it('keep no key of a command that was refused', async () => {
    expect(await outcomes(item('c', 'refused'), item('d', 'four'))).toEqual(['test.refused', 'created']);
    expect(await outcomes(item('c', 'five'))).toEqual(['created']);
  });
});
