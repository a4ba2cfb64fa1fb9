import { ReceiptExists, type CommandOutcome, type EventStore } from './ports/event-store.js';
import type { IdempotencyClaim } from './ports/request-context.js';
import { Refusal } from './refusal.js';

/**
 * Does what an idempotency claim stands for, unless that was done before: then it is answered as it was. A twin of the request may do it meanwhile in
 * another process, so that the effect that refuses this one is its own: no refusal stands before the receipts have been asked again.
 * @throws what `work` throws; what the store throws, where a refusal could not be told from that
 */
export async function once(store: EventStore, claim: IdempotencyClaim, work: () => Promise<CommandOutcome>): Promise<CommandOutcome> {
  const earlier = await store.receipt(claim);
  if (earlier) return earlier;
  try {
    return await work();
  } catch (error) {
    const mayBeDone = error instanceof ReceiptExists || (error instanceof Refusal && error.kind !== 'unavailable');
    const done = mayBeDone ? await store.receipt(claim) : null;
    if (!done) throw error;
    return done;
  }
}
