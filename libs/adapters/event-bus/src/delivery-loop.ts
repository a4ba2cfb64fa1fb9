import { Logger } from '@nestjs/common';
import type { BusMessage, SubscribeOptions } from '@kernel/ports/event-bus.js';
import { WakeUp } from './wake-up.js';

/** How patient a loop is, whatever it reads from. */
export interface DeliveryTiming {
  /** Longest pause between two looks where nothing is to be had, ms. */
  readonly idleMs: number;
  /** Longest pause before a failed batch is delivered again, ms. */
  readonly maxRetryMs: number;
}

/** One look at what there is. */
export interface Taken {
  readonly messages: readonly BusMessage[];
  /** Whether anything was read, for this consumer or not. */
  readonly isEmpty: boolean;
  /** Whether so much more is waiting that resting would only leave the consumer further behind. */
  readonly isFull: boolean;
  /** The messages were handled: the next look is for what comes after them. */
  readonly done: () => void;
}

/** Where a loop takes its messages from. */
export interface MessageSource {
  /** What comes next, from the positions that the consumer named. @throws whatever the engine or the consumer's `from` throws */
  take(): Promise<Taken>;
  /** A look or its delivery failed: the consumer names its positions anew. */
  failed(): void;
}

/** The log and the broker wake a loop: looking is for wake-ups that were lost. */
const FIRST_IDLE_MS = 100;
const FIRST_RETRY_MS = 50;
/** Longest rest, whatever the last batch took: one slow batch must not hold the next up for as long again. */
const MOST_REST_MS = 500;

/** One consumer's deliveries, one batch at a time: looks, gathers, delivers, and starts over from the consumer's own positions after a failure. */
export class DeliveryLoop {
  private readonly logger = new Logger(DeliveryLoop.name);
  private readonly advanced = new WakeUp();
  private readonly hurried = new WakeUp();
  private running: Promise<void> = Promise.resolve();
  private closed = false;
  private urgent = false;
  private backlog = false;
  private lastDelivery = 0;
  private lastEnd = 0;

  constructor(
    private readonly source: MessageSource,
    private readonly options: SubscribeOptions,
    private readonly timing: DeliveryTiming,
  ) {}

  start(): this {
    this.running = this.run();
    return this;
  }

  /** There may be something new. */
  wake(): void {
    this.advanced.wake();
  }

  hurry(): void {
    this.urgent = true;
    this.hurried.wake();
    this.advanced.wake();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.hurried.wake();
    this.advanced.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.closed) {
      try {
        await this.follow(() => (failures = 0));
      } catch (error) {
        this.source.failed();
        const delay = Math.min(FIRST_RETRY_MS * 2 ** failures++, this.timing.maxRetryMs);
        this.logger.warn(`${this.options.group} on ${this.options.context}.events failed, again in ${delay} ms: ${String(error)}`);
        await this.retryPause(delay);
      }
    }
  }

  /** Delivers until closed. @throws whatever the source or the consumer throws. */
  private async follow(delivered: () => void): Promise<void> {
    let idle = FIRST_IDLE_MS;
    while (!this.closed) {
      await this.linger();
      if (this.closed) return;
      const taken = await this.source.take();
      if (taken.isEmpty) {
        await this.advanced.pause(idle);
        idle = Math.min(idle * 2, this.timing.idleMs);
        continue;
      }
      await this.deliver(taken.messages);
      taken.done();
      idle = FIRST_IDLE_MS;
      delivered();
      this.backlog = taken.isFull;
    }
  }

  private async deliver(messages: readonly BusMessage[]): Promise<void> {
    this.urgent = false;
    this.lastDelivery = performance.now();
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
