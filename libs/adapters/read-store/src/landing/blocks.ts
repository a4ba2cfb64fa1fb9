import type { LoggedEvent } from '@kernel/event.js';
import { createHash } from 'node:crypto';

export interface BlockLimits {
  readonly maxRows: number;
  /** Bytes of the events' data; one larger event makes a block of its own. */
  readonly maxBytes: number;
}

/** Cuts events into blocks, each within both limits. */
export function* blocksOf(events: readonly LoggedEvent[], { maxRows, maxBytes }: BlockLimits): Generator<readonly LoggedEvent[]> {
  let start = 0;
  let bytes = 0;
  for (const [index, event] of events.entries()) {
    const size = Buffer.byteLength(event.data);
    if (index > start && (index - start >= maxRows || bytes + size > maxBytes)) {
      yield events.slice(start, index);
      start = index;
      bytes = 0;
    }
    bytes += size;
  }
  if (start < events.length) yield events.slice(start);
}

/** One digest for a block, over its events' own. */
export function blockDigest(events: readonly LoggedEvent[]): string {
  const hash = createHash('md5');
  for (const { position, digest } of events) hash.update(`${position}:${digest},`);
  return hash.digest('hex');
}

/** True when the events are exactly the positions that follow `watermark`. */
export const isDenseAfter = (watermark: number, events: readonly LoggedEvent[]): boolean =>
  events.every(({ position }, index) => position === watermark + 1 + index);
