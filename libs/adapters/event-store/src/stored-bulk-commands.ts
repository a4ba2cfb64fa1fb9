import { createHash } from 'node:crypto';
import type { ConsistencyToken } from '@kernel/consistency-token.js';
import type { Loaded } from '@kernel/ports/aggregates.js';
import { BulkCommands, type BulkItem, type BulkResult } from '@kernel/ports/bulk.js';
import { ReceiptExists, type EventStore, type EventStores, type Receipt, type StreamAppend } from '@kernel/ports/event-store.js';
import type { IdempotencyClaim, RequestContext } from '@kernel/ports/request-context.js';
import { Refusal } from '@kernel/refusal.js';

const ATTEMPTS = 10;

/** Bulk commands over this process' event stores. */
export class StoredBulkCommands extends BulkCommands {
  constructor(
    private readonly stores: EventStores,
    private readonly scope: RequestContext,
  ) {
    super();
  }

  async run(context: string, route: string, items: readonly BulkItem[]): Promise<{ results: BulkResult[]; token: ConsistencyToken }> {
    if (items.length === 0) return { results: [], token: {} };
    const store = this.stores.store(context);
    const principal = this.scope.current().principal?.id ?? 'system';
    for (let attempt = 1; ; attempt++) {
      const { refused: claims, ...planned } = await this.plan(store, principal, route, items);
      // A twin of these commands may have done them since their receipts were read: then it is its effect that refuses them.
      if (attempt < ATTEMPTS && (await store.receipts(claims)).size > 0) continue;
      try {
        const { token } = await store.append(planned);
        return { results: planned.results, token };
      } catch (error) {
        if (!overtaken(error) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  private async plan(store: EventStore, principal: string, route: string, items: readonly BulkItem[]) {
    const claim = (item: BulkItem) => ({ principal, route, key: item.idempotencyKey, bodyDigest: digestOf(item.asked) });
    const claims = new Map(items.map((item) => [item, claim(item)]));
    // In one bulk a key stands for the first command that has it.
    const first = new Map([...claims.values()].reverse().map((each) => [each.key, each]));
    const known = await store.receipts([...first.values()]);
    const fresh = items.filter((item) => !known.has(item.idempotencyKey));
    const stored = await store.readMany([...new Set(fresh.map((item) => item.stream))]);
    const states = new Map<string, Loaded<unknown>>();
    const streams = new Map<string, StreamAppend>();
    const receipts: Receipt[] = [];
    const accepted = new Set<string>();
    const refusals: IdempotencyClaim[] = [];
    const results = items.map((item): BulkResult => {
      const earlier = known.get(item.idempotencyKey);
      const isSame = first.get(item.idempotencyKey)!.bodyDigest === claims.get(item)!.bodyDigest;
      if (earlier === 'key-reused' || !isSame) return reused(item);
      // A key that is already known stands either for an earlier request or for an earlier command of this one.
      if (earlier || accepted.has(item.idempotencyKey)) return { idempotencyKey: item.idempotencyKey, outcome: 'replayed' };
      try {
        const next = item.plan(states.get(item.stream) ?? item.fold(stored.get(item.stream) ?? []));
        states.set(item.stream, next);
        streams.set(item.stream, merge(streams.get(item.stream), next.append));
        receipts.push({ ...claims.get(item)!, outcome: { status: 201, body: null } });
        accepted.add(item.idempotencyKey);
        return { idempotencyKey: item.idempotencyKey, outcome: 'created' };
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        refusals.push(claims.get(item)!);
        return refused(item, error.code, error.message);
      }
    });
    return { results, receipts, streams: [...streams.values()], refused: refusals };
  }
}

/** The events and rows of several commands to one stream, in the order of the commands: of two rows with one key the append keeps the later. */
const merge = (before: StreamAppend | undefined, next: StreamAppend): StreamAppend =>
  before
    ? {
        ...next,
        expectedVersion: before.expectedVersion,
        events: [...before.events, ...next.events],
        inline: [...(before.inline ?? []), ...(next.inline ?? [])],
      }
    : next;

const refused = (item: BulkItem, code: string, detail: string): BulkResult => ({
  idempotencyKey: item.idempotencyKey,
  outcome: 'refused',
  code,
  detail,
});

const reused = (item: BulkItem): BulkResult => refused(item, 'idempotency.key-reused', 'This key was used for another command');

const digestOf = (asked: unknown): string => createHash('sha256').update(JSON.stringify(asked)).digest('hex');

const overtaken = (error: unknown): boolean =>
  error instanceof ReceiptExists || (error instanceof Refusal && (error.kind === 'stale' || error.kind === 'in-flight'));
