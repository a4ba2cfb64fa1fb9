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
    await subscription.assign(this.assigned);
    subscription.start();
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

class MemberSubscription implements Subscription {
  private readonly next = new Map<number, number>();
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

  async assign(partitions: readonly number[]): Promise<void> {
    for (const partition of [...this.next.keys()].filter((owned) => !partitions.includes(owned))) {
      this.next.delete(partition);
      this.options.lost?.(partition);
    }
    for (const partition of partitions) await this.begin(partition);
  }

  hurry(): void {
    return;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.running;
  }

  /** A `from` that fails is asked again. */
  private async begin(partition: number): Promise<void> {
    while (!this.closed) {
      try {
        this.next.set(partition, await this.options.from(partition));
        return;
      } catch {
        await pause(POLL_MS);
      }
    }
  }

  private async run(): Promise<void> {
    while (!this.closed) {
      const messages = this.frozen ? [] : await this.take();
      if (messages.length === 0) {
        await pause(POLL_MS);
        continue;
      }
      try {
        this.bus.deliveries += 1;
        await this.options.onBatch(messages);
        for (const { partition, event } of messages) if (this.next.has(partition)) this.next.set(partition, event.position);
      } catch {
        for (const partition of this.next.keys()) await this.begin(partition);
      }
    }
  }

  /** The next messages of all partitions, those of one after those of the other, as a broker's fetch has them. */
  private async take(): Promise<BusMessage[]> {
    const { context, maxBatch } = this.options;
    const owned = new Map(this.next);
    if (owned.size === 0) return [];
    const events = await this.stores.log(context).readAfter(Math.min(...owned.values()), 1_000);
    const messages = [...owned].flatMap(([partition, after]) =>
      events
        .filter(({ position, stream }) => position > after && this.bus.partitionOf(context, stream) === partition)
        .map((event) => ({ topic: `${context}.events`, partition, offset: event.position, event })),
    );
    return messages.slice(0, maxBatch);
  }
}
