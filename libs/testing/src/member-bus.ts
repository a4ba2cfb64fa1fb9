import { LastPositions } from '@adapters/event-bus/src/last-positions.js';
import { partitionOf } from '@adapters/event-bus/src/partition.js';
import { EventBus, type BusMessage, type Published, type SubscribeOptions, type Subscription } from '@kernel/ports/event-bus.js';
import type { EventStores } from '@kernel/ports/event-store.js';
import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 5;

/** One member of every consumer group over a partitioned topic: the test says which partitions are its own, and may let it believe what is no longer so. */
export class MemberBus extends EventBus {
  /** Batches that were handed over, whatever became of them. */
  deliveries = 0;
  private readonly subscriptions: MemberSubscription[] = [];
  private readonly read = new Map<string, LastPositions>();
  private assigned: readonly number[] = [];
  /** Position up to which the relay has noted that it published; all of the log where it is left out. */
  publishedUpTo = Infinity;

  constructor(
    private readonly stores: EventStores,
    private readonly total: number,
  ) {
    super();
  }

  partitions(): number {
    return this.total;
  }

  partitionOf(_context: string, stream: string): number {
    return partitionOf(stream, this.total);
  }

  async published(context: string): Promise<Published> {
    const log = this.stores.log(context);
    const last = this.read.get(context) ?? new LastPositions(log, this.total);
    this.read.set(context, last);
    return last.upTo(Math.min(await log.head(), this.publishedUpTo));
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    const subscription = new MemberSubscription(this, this.stores, options);
    this.subscriptions.push(subscription);
    subscription.start();
    await subscription.assign(this.assigned);
    return subscription;
  }

  /** Gives this member exactly these partitions, of every topic: what it had and has no more it is told it lost. */
  async assign(...partitions: readonly number[]): Promise<void> {
    this.assigned = partitions;
    await Promise.all(this.subscriptions.map((subscription) => subscription.assign(partitions)));
  }

  /** Stops delivering, without a word to anyone: a member that hangs. */
  freeze(): void {
    for (const subscription of this.subscriptions) subscription.frozen = true;
  }

  thaw(): void {
    for (const subscription of this.subscriptions) subscription.frozen = false;
  }
}

/** A partition that this member was given. */
interface Given {
  readonly partition: number;
  /** Position after which to deliver; null until the consumer has named it. */
  after: number | null;
}

/** One loop asks for positions and delivers, one after the other, as a real member's does. */
class MemberSubscription implements Subscription {
  private given: readonly Given[] = [];
  private running: Promise<void> = Promise.resolve();
  private closed = false;
  frozen = false;

  constructor(
    private readonly bus: MemberBus,
    private readonly stores: EventStores,
    private readonly options: SubscribeOptions,
  ) {}

  start(): void {
    this.running = this.run();
  }

  /** Resolves when the consumer has named its position in each. */
  async assign(partitions: readonly number[]): Promise<void> {
    const kept = this.given.filter(({ partition }) => partitions.includes(partition));
    const lost = this.given.filter(({ partition }) => !partitions.includes(partition));
    const added = partitions.filter((partition) => !kept.some((given) => given.partition === partition));
    this.given = [...kept, ...added.map((partition) => ({ partition, after: null }))];
    for (const { partition } of lost) this.options.lost?.(partition);
    while (!this.closed && this.given.some(({ after }) => after === null)) await pause(POLL_MS);
  }

  hurry(): void {
    return;
  }

  again(partition: number): void {
    for (const given of this.given) if (given.partition === partition) given.after = null;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.closed) {
      try {
        if (this.frozen || !(await this.deliver(this.given))) await pause(POLL_MS);
      } catch {
        for (const given of this.given) given.after = null;
        await pause(POLL_MS);
      }
    }
  }

  /** Delivers what there is of what was given by now, whatever is taken away meanwhile; whether there was anything. */
  private async deliver(given: readonly Given[]): Promise<boolean> {
    for (const own of given) own.after ??= await this.options.from(own.partition);
    const messages = await this.take(given);
    if (messages.length === 0 || given !== this.given) return messages.length > 0;
    this.bus.deliveries += 1;
    await this.options.onBatch(messages);
    for (const own of given)
      if (own.after !== null) own.after = messages.findLast(({ partition }) => partition === own.partition)?.event.position ?? own.after;
    return true;
  }

  /** The next messages of all partitions, those of one after those of the other, as a broker's fetch has them. */
  private async take(given: readonly Given[]): Promise<BusMessage[]> {
    const { context, maxBatch } = this.options;
    const placed = given.flatMap(({ partition, after }) => (after === null ? [] : [{ partition, after }]));
    if (placed.length === 0) return [];
    const events = await this.stores.log(context).readAfter(Math.min(...placed.map(({ after }) => after)), 1_000);
    const messages = placed.flatMap(({ partition, after }) =>
      events
        .filter(({ position, stream }) => position > after && this.bus.partitionOf(context, stream) === partition)
        .map((event) => ({ topic: `${context}.events`, partition, offset: event.position, event })),
    );
    return messages.slice(0, maxBatch);
  }
}
