import { Logger } from '@nestjs/common';
import type { LoggedEvent } from '@kernel/event.js';
import type { BusMessage, SubscribeOptions, Subscription } from '@kernel/ports/event-bus.js';
import type { EventLog } from '@kernel/ports/event-store.js';
import type { LogEventBusOptions } from './log-event-bus-options.js';
import { partitionOf } from './partition.js';
import { WakeUp } from './wake-up.js';

const FIRST_IDLE_MS = 5;
const FIRST_RETRY_MS = 50;
/** Longest rest, whatever the last batch took: one slow batch must not hold the next up for as long again. */
const MOST_REST_MS = 500;

/** One consumer of one partition: reads, gathers, delivers, and starts over from the consumer's own position after a failure. */
export class LogSubscription implements Subscription {
  private readonly logger = new Logger(LogSubscription.name);
  private readonly advanced = new WakeUp();
  private readonly hurried = new WakeUp();
  private unsubscribe: () => void = () => undefined;
  private running: Promise<void> = Promise.resolve();
  private closed = false;
  private urgent = false;
  private backlog = false;
  private lastDelivery = 0;
  private lastEnd = 0;

  constructor(
    private readonly log: EventLog,
    private readonly options: SubscribeOptions,
    private readonly timing: LogEventBusOptions,
  ) {}

  start(): this {
    this.unsubscribe = this.log.onAdvance(() => this.advanced.wake());
    this.running = this.run();
    return this;
  }

  hurry(): void {
    this.urgent = true;
    this.hurried.wake();
    this.advanced.wake();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.unsubscribe();
    this.hurried.wake();
    this.advanced.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.closed) {
      try {
        await this.follow(await this.options.from(), () => (failures = 0));
      } catch (error) {
        const delay = Math.min(FIRST_RETRY_MS * 2 ** failures++, this.timing.maxRetryMs);
        this.logger.warn(`${this.options.group} on ${this.options.context}.events failed, again in ${delay} ms: ${String(error)}`);
        await this.retryPause(delay);
      }
    }
  }

  /** Delivers from a position on until closed. @throws whatever the log or the consumer throws. */
  private async follow(from: number, delivered: () => void): Promise<void> {
    let position = from;
    let idle = FIRST_IDLE_MS;
    while (!this.closed) {
      await this.linger();
      if (this.closed) return;
      const events = await this.log.readAfter(position, this.options.maxBatch);
      if (events.length === 0) {
        await this.advanced.pause(idle);
        idle = Math.min(idle * 2, this.timing.idleMs);
        continue;
      }
      await this.deliver(events);
      position = events.at(-1)!.position;
      idle = FIRST_IDLE_MS;
      delivered();
      // A full read means that more is waiting: lingering would only slow a backlog down.
      this.backlog = events.length === this.options.maxBatch;
    }
  }

  private async deliver(events: readonly LoggedEvent[]): Promise<void> {
    this.urgent = false;
    this.lastDelivery = performance.now();
    const partitions = this.timing.partitions;
    const messages: BusMessage[] = [];
    for (const event of events) {
      if (partitionOf(event.stream, partitions) !== this.options.partition) continue;
      messages.push({ topic: `${this.options.context}.events`, partition: this.options.partition, offset: event.position, event });
    }
    if (messages.length > 0) await this.options.onBatch(messages);
    this.lastEnd = performance.now();
  }

  /** Keeps two deliveries apart; who waits for one may cut the linger short, and the rest down. */
  private async linger(): Promise<void> {
    while (!this.closed && this.lastDelivery > 0) {
      const wait = this.dueAt() - performance.now();
      if (wait <= 0) return;
      await this.hurried.pause(wait);
    }
  }

  private dueAt(): number {
    if (this.backlog) return 0;
    const { lingerMs, rest = { calm: 0, hurried: 0 } } = this.options;
    const rested = (times: number): number => this.lastEnd + Math.min(times * (this.lastEnd - this.lastDelivery), MOST_REST_MS);
    return this.urgent ? rested(rest.hurried) : Math.max(this.lastDelivery + lingerMs, rested(rest.calm));
  }

  /** Advances must not cut the pause after a failure short, only closing does. */
  private async retryPause(ms: number): Promise<void> {
    const until = performance.now() + ms;
    while (!this.closed && performance.now() < until) await this.advanced.pause(until - performance.now());
  }
}
