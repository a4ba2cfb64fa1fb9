import type { EachBatchPayload } from 'kafkajs';
import type { BusMessage } from '@kernel/ports/event-bus.js';
import type { PartitionFeed } from './partition-feed.js';

export interface Batch {
  readonly messages: readonly BusMessage[];
  /** How many of each partition's are in it. */
  readonly counts: ReadonlyMap<PartitionFeed, number>;
}

/** The oldest of what is ready in any partition, so that none runs ahead of the others: a context has landed only as far as its slowest partition. */
export function nextBatch(feeds: readonly PartitionFeed[], most: number): Batch {
  const messages: BusMessage[] = [];
  const counts = new Map<PartitionFeed, number>();
  while (messages.length < most) {
    let oldest: { feed: PartitionFeed; message: BusMessage } | null = null;
    for (const feed of feeds) {
      const message = feed.at(counts.get(feed) ?? 0);
      if (message && (!oldest || message.event.position < oldest.message.event.position)) oldest = { feed, message };
    }
    if (!oldest) break;
    messages.push(oldest.message);
    counts.set(oldest.feed, (counts.get(oldest.feed) ?? 0) + 1);
  }
  return { messages, counts };
}

/** Whether a fetch has brought the last that a partition held then. */
export const isAtEnd = ({ messages, highWatermark }: Pick<EachBatchPayload['batch'], 'messages' | 'highWatermark'>): boolean =>
  Number(messages.at(-1)?.offset ?? highWatermark) + 1 >= Number(highWatermark);
