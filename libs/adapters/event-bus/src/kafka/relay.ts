import { Logger } from '@nestjs/common';
import type { Kafka, Producer } from 'kafkajs';
import type { LoggedEvent } from '@kernel/event.js';
import type { EventLog } from '@kernel/ports/event-store.js';
import { partitionOf } from '../partition.js';
import { WakeUp } from '../wake-up.js';
import { within } from '../within.js';
import { eventsTopic, toMessage } from './message.js';
import { observeRelay, relayed, relayFences } from './metrics.js';
import { RelayFenced, RelayProgress, type Hold, type RelayDatabase } from './relay-progress.js';
import type { TopicKeys } from './topic-keys.js';
import { makeTopics, type TopicOptions } from './topics.js';

export interface RelayOptions {
  /** Most events, and bytes of their data, in one batch; a single event may be larger. */
  readonly maxBatch: number;
  readonly maxBytes: number;
  /** How long a relay that died keeps the others waiting, ms. */
  readonly leaseMs: number;
  /** Longest pause between two looks at an idle log, ms. */
  readonly idleMs: number;
  /** Longest pause after a failure, ms. */
  readonly maxRetryMs: number;
  /** Longest that its end waits for a batch that the broker does not acknowledge, ms. */
  readonly stopMs: number;
}

export interface RelayParts {
  readonly kafka: Kafka;
  readonly log: EventLog;
  readonly database: RelayDatabase;
  /** Names this relay in the lease: unlike any other's. */
  readonly owner: string;
  readonly topics: TopicOptions;
  /** Signs what is sent. */
  readonly keys: TopicKeys;
  readonly options?: Partial<RelayOptions>;
}

/** Below the 1 MiB that a topic takes by default, with its headers. */
const DEFAULTS: RelayOptions = { maxBatch: 1_000, maxBytes: 700_000, leaseMs: 6_000, idleMs: 500, maxRetryMs: 5_000, stopMs: 8_000 };
/** The log wakes the relay: looking is for wake-ups that were lost. */
const FIRST_IDLE_MS = 100;
const FIRST_RETRY_MS = 100;
/** Rest after a batch that was not full, as a multiple of what it took, and the longest, ms: a batch costs the same few transactions whatever it holds. */
const REST = 2;
const MOST_REST_MS = 100;

/**
 * Sends one context's log to its topic. One batch at a time, which is awaited and then stored: concurrent sends invert a stream's order when a broker
 * dies. After a crash in between, the batch is sent again, and consumers drop what they have. The lease saves work; the epoch ends who has lost it.
 */
export class Relay {
  private readonly logger = new Logger(Relay.name);
  private readonly progress: RelayProgress;
  private readonly options: RelayOptions;
  private readonly wakeUp = new WakeUp();
  private readonly context: string;
  private running: Promise<void> | null = null;
  private stopping = false;
  private hold: Hold | null = null;
  private renewAt = 0;
  private producer: Producer | null = null;
  private head = 0;
  /** Whether so much was read at the last look that the next need not gather. */
  private isBehind = false;
  /** What the last try failed with; null while it goes well. */
  failure: unknown = null;

  constructor(private readonly parts: RelayParts) {
    this.context = parts.log.context;
    this.progress = new RelayProgress(parts.database);
    this.options = { ...DEFAULTS, ...parts.options };
  }

  start(): void {
    this.stopping = false;
    this.running ??= this.run();
  }

  /**
   * Finishes the batch in hand, and leaves the lease to the next. Not for ever, where a broker hangs: what is not stored as sent the next sends again, when the
   * lease has run out, and should the broker take this one after all, its readers drop it.
   */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wakeUp.wake();
    if (!(await within(this.options.stopMs, this.running)))
      this.logger.warn(`${this.context}: the broker does not take the last batch: the next relay will send it`);
    this.running = null;
  }

  private async run(): Promise<void> {
    const unsubscribe = this.parts.log.onAdvance(() => this.wakeUp.wake());
    const unobserve = observeRelay(this.context, () => (this.hold ? Math.max(0, this.head - this.hold.position) : 0));
    let failures = 0;
    let idle = FIRST_IDLE_MS;
    while (!this.stopping) {
      const started = performance.now();
      try {
        const sent = (await this.isHolder()) ? await this.relay() : 0;
        [this.failure, failures] = [null, 0];
        idle = sent > 0 ? FIRST_IDLE_MS : Math.min(idle * 2, this.options.idleMs);
        if (sent === 0) await this.wakeUp.pause(idle);
        else if (!this.isBehind) await this.pause(Math.min(REST * (performance.now() - started), MOST_REST_MS));
      } catch (failure) {
        this.failure = failure;
        await this.begone(failure);
        await this.pause(Math.min(FIRST_RETRY_MS * 2 ** failures++, this.options.maxRetryMs));
      }
    }
    unsubscribe();
    unobserve();
    await this.leave();
  }

  /** Sends the next batch and stores that it is sent; how many events it had. */
  private async relay(): Promise<number> {
    const hold = this.hold!;
    const read = await this.parts.log.readAfter(hold.position, this.options.maxBatch);
    const events = this.cut(read);
    if (events.length === 0) return 0;
    this.isBehind = events.length < read.length || read.length >= this.options.maxBatch / 4;
    const last = [...hold.last!];
    const messages = events.map((event) => {
      const partition = partitionOf(event.stream, last.length);
      const previous = last[partition]!;
      last[partition] = event.position;
      return toMessage(this.context, { event, previous }, partition, this.parts.keys);
    });
    this.head = Math.max(this.head, events.at(-1)!.position);
    await this.producer!.sendBatch({ acks: -1, topicMessages: [{ topic: eventsTopic(this.context), messages }] });
    const position = events.at(-1)!.position;
    await this.progress.advance(hold.epoch, hold.position, position, last);
    this.hold = { epoch: hold.epoch, position, last };
    relayed.add(events.length, { context: this.context });
    return events.length;
  }

  private cut(events: readonly LoggedEvent[]): readonly LoggedEvent[] {
    let bytes = 0;
    const end = events.findIndex((event, index) => (bytes += Buffer.byteLength(event.data)) > this.options.maxBytes && index > 0);
    return end === -1 ? events : events.slice(0, end);
  }

  /** Whether this relay has the lease; who has it anew makes sure of the topics first. */
  private async isHolder(): Promise<boolean> {
    if (performance.now() < this.renewAt) return this.hold !== null;
    const { owner, topics } = this.parts;
    const before = this.hold?.epoch ?? 0;
    const held = await this.progress.hold(owner, before, this.options.leaseMs);
    this.renewAt = performance.now() + this.options.leaseMs / (held ? 3 : 10);
    if (!held) {
      if (this.hold) throw new RelayFenced(`the relay of ${this.context} was taken over from epoch ${before}`);
      return false;
    }
    if (this.hold && held.epoch === before) return true;
    this.hold = held;
    this.hold = await this.progress.begin(held.epoch, topics.partitions);
    await makeTopics(this.parts.kafka, this.context, topics);
    this.producer = this.parts.kafka.producer({ idempotent: false, maxInFlightRequests: 1, allowAutoTopicCreation: false });
    await this.producer.connect();
    this.head = await this.parts.log.head();
    this.logger.log(`${this.context}: relaying from position ${this.hold.position} in epoch ${held.epoch}`);
    return true;
  }

  /** After a failure nothing that was held is trusted: the next try begins with the row. */
  private async begone(failure: unknown): Promise<void> {
    const isFenced = failure instanceof RelayFenced;
    if (isFenced) relayFences.add(1, { context: this.context });
    this.logger.warn(`${this.context}: the relay failed, and begins anew: ${String(failure)}`);
    const { hold } = this;
    await this.disconnect();
    this.hold = null;
    this.renewAt = 0;
    // The next try, here or elsewhere, need not wait for the lease to run out.
    if (hold && !isFenced) await this.release(hold);
  }

  private async leave(): Promise<void> {
    await this.disconnect();
    if (this.hold) await this.release(this.hold);
    this.hold = null;
  }

  private async release({ epoch }: Hold): Promise<void> {
    await this.progress.release(this.parts.owner, epoch).catch(() => undefined);
  }

  private async disconnect(): Promise<void> {
    const { producer } = this;
    this.producer = null;
    await producer?.disconnect().catch(() => undefined);
  }

  /** Not cut short by what is new. */
  private async pause(ms: number): Promise<void> {
    const until = performance.now() + ms;
    while (!this.stopping && performance.now() < until) await this.wakeUp.pause(until - performance.now());
  }
}
