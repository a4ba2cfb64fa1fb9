import type { Published } from '@kernel/ports/event-bus.js';

/**
 * The highest position up to which everything has landed, from how far each partition has come: `landed` holds, by partition, the last position of
 * it that is in the ledger. A partition that has landed all that was published of it holds nothing back, because nothing at or before
 * `published.position` is missing in it. Both sides only grow, so that what was read earlier gives a lower answer, never a wrong one.
 */
export const watermarkOf = (landed: readonly number[], { position, last }: Published): number =>
  Math.min(...landed.map((own, partition) => (own >= (last[partition] ?? 0) ? Math.max(own, position) : own)));
