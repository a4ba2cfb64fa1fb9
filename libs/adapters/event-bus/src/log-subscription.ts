import type { LoggedEvent } from '@kernel/event.js';
import type { BusMessage, SubscribeOptions, Subscription } from '@kernel/ports/event-bus.js';
import type { EventLog } from '@kernel/ports/event-store.js';
import { DeliveryLoop, type MessageSource, type Taken } from './delivery-loop.js';
import { askAll } from './ask-all.js';
import type { LogEventBusOptions } from './log-event-bus-options.js';
import { partitionOf } from './partition.js';

/** One consumer of a context's log, which is read once for all of its partitions. */
export class LogSubscription implements Subscription, MessageSource {
  private readonly loop: DeliveryLoop;
  private unsubscribe: () => void = () => undefined;
  /** By partition, where the consumer wants it from: null until it is asked. */
  private from: readonly number[] | null = null;
  private position = 0;

  constructor(
    private readonly log: EventLog,
    private readonly options: SubscribeOptions,
    private readonly bus: LogEventBusOptions,
  ) {
    this.loop = new DeliveryLoop(this, options, bus);
  }

  start(): this {
    this.unsubscribe = this.log.onAdvance(() => this.loop.wake());
    this.loop.start();
    return this;
  }

  hurry(): void {
    this.loop.hurry();
  }

  /** The log is read once for all partitions: all are asked. */
  again(): void {
    this.from = null;
    this.loop.wake();
  }

  async close(): Promise<void> {
    this.unsubscribe();
    await this.loop.close();
  }

  async take(): Promise<Taken> {
    const from = (this.from ??= await this.begin());
    const events = await this.log.readAfter(this.position, this.options.maxBatch);
    return {
      messages: this.messages(events, from),
      isEmpty: events.length === 0,
      isFull: events.length === this.options.maxBatch,
      done: () => (this.position = events.at(-1)!.position),
    };
  }

  failed(): void {
    this.from = null;
  }

  private async begin(): Promise<readonly number[]> {
    const from = await askAll(Array.from({ length: this.bus.partitions }, (_, partition) => this.options.from(partition)));
    this.position = Math.min(...from);
    return from;
  }

  private messages(events: readonly LoggedEvent[], from: readonly number[]): BusMessage[] {
    const topic = `${this.options.context}.events`;
    const messages: BusMessage[] = [];
    for (const event of events) {
      const partition = partitionOf(event.stream, this.bus.partitions);
      if (event.position > from[partition]!) messages.push({ topic, partition, offset: event.position, event });
    }
    return messages;
  }
}
