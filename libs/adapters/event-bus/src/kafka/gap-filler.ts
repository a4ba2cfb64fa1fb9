import { Logger } from '@nestjs/common';
import type { EventLog } from '@kernel/ports/event-store.js';
import { partitionOf } from '../partition.js';
import { refilled } from './metrics.js';
import type { PartitionFeed } from './partition-feed.js';

export interface GapFillerParts {
  readonly log: EventLog;
  /** Of the topic. */
  readonly partitions: number;
  /** Most events of one page. */
  readonly page: number;
  readonly labels: { readonly topic: string; readonly group: string };
}

/** Gets from the log what the topic left out. */
export class GapFiller {
  private readonly logger = new Logger(GapFiller.name);

  constructor(private readonly parts: GapFillerParts) {}

  /**
   * Reads one page for all partitions that miss something and have nothing ready; false where none does.
   * @throws Error where the log does not have it either, and nothing is ready anywhere
   */
  async fill(feeds: Iterable<PartitionFeed>): Promise<boolean> {
    const all = [...feeds];
    const gaps = all.flatMap((feed) => {
      const gap = feed.at(0) ? null : feed.gap();
      return gap ? [{ feed, ...gap }] : [];
    });
    if (gaps.length === 0) return false;
    try {
      await this.page(gaps);
      return true;
    } catch (error) {
      if (!all.some((feed) => feed.at(0))) throw error;
      // Those who miss nothing need not wait for it.
      this.logger.warn(`${this.parts.labels.group} misses events of ${this.parts.labels.topic}: ${String(error)}`);
      return false;
    }
  }

  private async page(gaps: readonly { readonly feed: PartitionFeed; readonly after: number; readonly upTo: number }[]): Promise<void> {
    const { log, partitions, page, labels } = this.parts;
    const after = Math.min(...gaps.map((gap) => gap.after));
    const upTo = Math.max(...gaps.map((gap) => gap.upTo));
    const events = await log.readAfter(after, Math.min(page, upTo - after));
    const last = events.at(-1);
    if (!last) throw new Error(`the log of ${log.context} ends at ${after}, before what ${labels.topic} holds`);
    const own = Map.groupBy(events, ({ stream }) => partitionOf(stream, partitions));
    const filled = gaps.reduce((sum, { feed }) => sum + feed.refill(own.get(feed.partition) ?? [], last.position), 0);
    refilled.add(filled, labels);
    if (filled > 0)
      this.logger.warn(`${labels.topic} left out ${filled} events up to position ${last.position}; ${labels.group} has them from the log`);
  }
}
