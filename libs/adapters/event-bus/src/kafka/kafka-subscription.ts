import { setTimeout as pause } from 'node:timers/promises';
import type { EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import type { Published, SubscribeOptions, Subscription } from '@kernel/ports/event-bus.js';
import type { EventLog } from '@kernel/ports/event-store.js';
import { askAll } from '../ask-all.js';
import { DeliveryLoop, type MessageSource, type Taken } from '../delivery-loop.js';
import { nextBatch } from './batch.js';
import { GapFiller } from './gap-filler.js';
import { GroupMember } from './group-member.js';
import { LogEnd } from './log-end.js';
import type { KafkaBusOptions, PoisonMessage } from './kafka-bus-options.js';
import { eventsTopic, fromMessage, NotAnEvent } from './message.js';
import { duplicates, observeSubscription, poisoned } from './metrics.js';
import { PartitionFeed } from './partition-feed.js';
import { asPoison, PoisonReports } from './poison-reports.js';
import type { TopicKeys } from './topic-keys.js';

/** Longest that a last commit of offsets may take, ms. */
const COMMIT_MS = 3_000;
/** Shortest and longest pause after a fetch that brought the last there is, ms. */
const GATHER_MS = 20;
const MOST_GATHER_MS = 100;
/** Share of the largest batch that is worth going on for at once: a lingering consumer would only fall further behind. */
const WORTH = 0.25;

export interface KafkaSubscriptionParts {
  readonly kafka: Kafka;
  readonly keys: TopicKeys;
  readonly log: EventLog;
  readonly partitions: number;
  readonly published: () => Promise<Published>;
  readonly onPoison: (poison: PoisonMessage) => Promise<void>;
}

/**
 * One consumer of a context's topic. What the group gives it is taken in at once and delivered at the consumer's pace; positions say what is new and
 * what is missing, and the log gives what the topic does not.
 */
export class KafkaSubscription implements Subscription, MessageSource {
  private readonly topic: string;
  private readonly feeds = new Map<number, PartitionFeed>();
  private readonly loop: DeliveryLoop;
  private readonly member: GroupMember;
  private readonly poison: PoisonReports;
  private readonly gaps: GapFiller;
  private readonly logEnd: LogEnd;
  private readonly labels: { readonly topic: string; readonly group: string };
  private inHand: Iterable<PartitionFeed> = [];
  private unobserve: () => void = () => undefined;
  private committed = new Map<number, number>();
  private commitAt = 0;
  private isClosed = false;
  private tailAt = 0;

  constructor(
    private readonly parts: KafkaSubscriptionParts,
    private readonly options: SubscribeOptions,
    private readonly bus: KafkaBusOptions,
  ) {
    this.topic = eventsTopic(options.context);
    this.labels = { topic: this.topic, group: options.group };
    this.loop = new DeliveryLoop(this, options, bus);
    this.poison = new PoisonReports(parts.onPoison);
    this.logEnd = new LogEnd(parts.log);
    this.gaps = new GapFiller({ log: parts.log, partitions: parts.partitions, page: options.maxBatch, labels: this.labels });
    this.member = new GroupMember({
      ...bus,
      kafka: parts.kafka,
      topic: this.topic,
      groupId: `${options.group}.${options.context}`,
      gatherMs: Math.min(Math.max(GATHER_MS, options.lingerMs / 2), MOST_GATHER_MS),
      onAssigned: (partitions, isFresh) => this.assigned(partitions, isFresh),
      onBatch: (batch) => this.receive(batch),
    });
  }

  start(): this {
    this.unobserve = observeSubscription(this.labels, () => ({
      lag: new Map([...this.feeds.values()].map((feed) => [feed.partition, feed.lag])),
      isPaused: this.member.paused,
      buffered: this.buffered().messages,
    }));
    this.member.start();
    this.loop.start();
    return this;
  }

  /** Its group, where it is no member of it; null where it is, or was closed. */
  get missing(): string | null {
    return this.isClosed || this.member.isMember ? null : `${this.options.group} of ${this.topic}`;
  }

  hurry(): void {
    this.loop.hurry();
  }

  again(partition: number): void {
    this.feeds.get(partition)?.misplace();
    this.loop.wake();
  }

  /** The batch in hand is done, its offsets are committed, and the group is left, in this order: the next owner begins where this one ended. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.loop.close();
    // A broker that hangs must not keep this process from its end: whoever comes next drops what is delivered again.
    await Promise.race([this.commit(), pause(COMMIT_MS, undefined, { ref: false })]);
    await this.member.close();
    this.poison.close();
    this.unobserve();
  }

  async take(): Promise<Taken> {
    await this.arrive();
    await this.place();
    await this.lookForTails();
    let [filled, batch] = [true, nextBatch([], 0)];
    // Before what others have ready is delivered: where there is always something, a partition with a gap would never have its turn.
    while (filled && batch.messages.length === 0) {
      filled = await this.gaps.fill(this.feeds.values());
      batch = nextBatch([...this.feeds.values()], this.options.maxBatch);
    }
    // Poison drains by itself: nothing may be there to be handled.
    this.resumeIfDrained();
    this.inHand = batch.counts.keys();
    const { length } = batch.messages;
    return {
      messages: batch.messages,
      isEmpty: length === 0,
      isFull: this.waiting(length) >= this.options.maxBatch * WORTH,
      done: () => this.handled(batch.counts),
    };
  }

  /** Messages that are still to come behind the batch in hand, held here or not even read. */
  private waiting(inHand: number): number {
    return [...this.feeds.values()].reduce((sum, { lag }) => sum + lag, -inHand);
  }

  failed(): void {
    for (const feed of this.inHand) feed.misplace();
    this.inHand = [];
  }

  private handled(counts: ReadonlyMap<PartitionFeed, number>): void {
    this.inHand = [];
    for (const [feed, count] of counts) feed.handled(count);
    this.resumeIfDrained();
    if (performance.now() < this.commitAt) return;
    this.commitAt = performance.now() + this.bus.commitMs;
    void this.commit();
  }

  /** Asks the consumer where it is in what it was newly given, and in what failed. */
  private async place(): Promise<void> {
    const unplaced = [...this.feeds.values()].filter(({ isPlaced }) => !isPlaced);
    await askAll(unplaced.map(async (feed) => feed.place(await this.options.from(feed.partition))));
  }

  private async lookForTails(): Promise<void> {
    if (performance.now() < this.tailAt || this.feeds.size === 0 || this.member.paused) return;
    this.tailAt = performance.now() + this.bus.tailMs;
    const { last } = await this.parts.published();
    for (const feed of this.feeds.values()) feed.published(last[feed.partition] ?? 0);
  }

  private assigned(partitions: readonly number[], isFresh: boolean): void {
    const own = new Set(partitions);
    for (const partition of this.feeds.keys()) {
      if (own.has(partition) && !isFresh) continue;
      this.feeds.delete(partition);
      this.logEnd.drop(partition);
      this.committed.delete(partition);
      this.options.lost?.(partition);
    }
    for (const partition of own) if (!this.feeds.has(partition)) this.feeds.set(partition, new PartitionFeed(this.topic, partition));
    this.resumeIfDrained();
    this.loop.wake();
  }

  private receive(batch: EachBatchPayload['batch']): void {
    const feed = this.feeds.get(batch.partition);
    if (!feed) return;
    feed.end = Number(batch.highWatermark);
    for (const message of batch.messages) this.read(feed, message);
    const { messages, bytes } = this.buffered();
    if (messages >= this.bus.maxBuffered || bytes >= this.bus.maxBufferedBytes) this.member.pause(this.all());
    this.loop.wake();
  }

  private read(feed: PartitionFeed, message: KafkaMessage): void {
    const { partition } = feed;
    try {
      const place = { partition, partitions: this.parts.partitions };
      this.logEnd.hold({ partition, message, chained: fromMessage(this.options.context, place, message, this.parts.keys) });
    } catch (error) {
      this.refuse(feed, message, error);
    }
  }

  /** Takes in what has come, as far as the log has it. While that cannot be known, what is ready is delivered. */
  private async arrive(): Promise<void> {
    try {
      let dropped = 0;
      for (const { arrived, isInLog } of await this.logEnd.known()) {
        const feed = this.feeds.get(arrived.partition);
        if (!feed) continue;
        if (!isInLog) this.refuse(feed, arrived.message, new NotAnEvent('ce_position is beyond the end of the log'));
        else if (!feed.offer(arrived.chained, Number(arrived.message.offset))) dropped += 1;
      }
      duplicates.add(dropped, this.labels);
    } catch (error) {
      if (![...this.feeds.values()].some((feed) => feed.at(0))) throw error;
    }
  }

  private refuse(feed: PartitionFeed, message: KafkaMessage, error: unknown): void {
    feed.skip(Number(message.offset));
    poisoned.add(1, this.labels);
    this.poison.report({ ...this.labels, context: this.options.context, partition: feed.partition, ...asPoison(message, error) });
  }

  private buffered(): { messages: number; bytes: number } {
    let [messages, bytes] = [this.poison.size + this.logEnd.size, this.poison.bytes + this.logEnd.bytes];
    for (const feed of this.feeds.values()) {
      messages += feed.size;
      bytes += feed.bytes;
    }
    return { messages, bytes };
  }

  private resumeIfDrained(): void {
    if (!this.member.paused) return;
    const { messages, bytes } = this.buffered();
    if (messages < this.bus.maxBuffered / 2 && bytes < this.bus.maxBufferedBytes / 2) this.member.resume(this.all());
  }

  private all(): number[] {
    return Array.from({ length: this.parts.partitions }, (_, partition) => partition);
  }

  /** Not beyond poison that nobody has written down yet. */
  private async commit(): Promise<void> {
    const offsets = new Map<number, number>();
    for (const { partition, handledOffset } of this.feeds.values()) {
      const next = Math.min(handledOffset, this.poison.firstUnreported(partition) - 1) + 1;
      if (next > (this.committed.get(partition) ?? 0)) offsets.set(partition, next);
    }
    if (offsets.size === 0) return;
    await this.member.commit(offsets);
    for (const [partition, offset] of offsets) this.committed.set(partition, offset);
  }
}
