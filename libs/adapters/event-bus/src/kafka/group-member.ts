import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { isAtEnd } from './batch.js';
import { reconnects } from './metrics.js';
import { isNameTaken, nameTaken } from './static-membership.js';

export interface MemberOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
  readonly silenceMs: number;
  /** Pause after a fetch that brought the last there is, ms: a fetch costs the broker and this process about the same, whatever it brings. */
  readonly gatherMs: number;
  readonly maxRetryMs: number;
  /** These partitions are this member's now, and no others; `isFresh` where it had been out of the group before. */
  readonly onAssigned: (partitions: readonly number[], isFresh: boolean) => void;
  /** Takes messages in without waiting for anything. */
  readonly onBatch: (batch: EachBatchPayload['batch']) => void;
}

/** Longest wait of one fetch for something new, and of a member whose partitions are all paused for one to go on, ms. */
const FETCH_WAIT_MS = 500;
/** Partitions of one fetch that are taken in beside each other. */
const MOST_PARTITIONS = 64;
const FIRST_RETRY_MS = 250;
const WATCH_MS = 1_000;
const LEAVE_MS = 5_000;

/**
 * A member of a consumer group that comes back from whatever befalls it. kafkajs restarts a consumer after some errors, gives up after others, and now
 * and then falls silent: here every crash, and every long silence, ends the consumer and makes a new one. Only where another process has taken its name
 * it stays out: the two would take it from each other for ever.
 */
export class GroupMember {
  private readonly logger = new Logger(GroupMember.name);
  private consumer: Consumer | null = null;
  private memberId: string | null = null;
  private lastSign = 0;
  private failures = 0;
  private closed = false;
  private isPaused = false;
  private timer: NodeJS.Timeout | null = null;
  private connecting: Promise<void> = Promise.resolve();

  constructor(private readonly options: MemberOptions) {}

  start(): this {
    this.connecting = this.connect();
    return this;
  }

  get paused(): boolean {
    return this.isPaused;
  }

  /** Whether the group's broker has taken this process for a member of late. */
  get isMember(): boolean {
    return this.memberId !== null && performance.now() - this.lastSign < 2 * this.options.sessionTimeoutMs;
  }

  pause(partitions: readonly number[]): void {
    this.isPaused = true;
    this.consumer?.pause([{ topic: this.options.topic, partitions: [...partitions] }]);
  }

  resume(partitions: readonly number[]): void {
    this.isPaused = false;
    this.consumer?.resume([{ topic: this.options.topic, partitions: [...partitions] }]);
  }

  /** Where reading goes on after a restart; what is lost of it is read twice, and dropped. */
  async commit(offsets: ReadonlyMap<number, number>): Promise<void> {
    const { topic } = this.options;
    await this.consumer
      ?.commitOffsets([...offsets].map(([partition, offset]) => ({ topic, partition, offset: String(offset) })))
      .catch((error: unknown) => this.logger.debug(`offsets of ${this.options.groupId} not committed: ${String(error)}`));
  }

  /** Leaves the group, so that the others need not wait for the session to run out. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.timer) clearTimeout(this.timer);
    await Promise.race([this.connecting, pause(LEAVE_MS, undefined, { ref: false })]);
    await this.disconnect();
  }

  private async connect(): Promise<void> {
    const { kafka, topic, groupId, sessionTimeoutMs } = this.options;
    const consumer = kafka.consumer({
      groupId,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: sessionTimeoutMs / 5,
      rebalanceTimeout: sessionTimeoutMs,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      allowAutoTopicCreation: false,
      retry: { retries: 4, initialRetryTime: 100, maxRetryTime: 2_000, restartOnFailure: async () => false },
    });
    this.consumer = consumer;
    this.lastSign = performance.now();
    // From here on: what waits for a broker's answer may wait for ever, a consumer that is ended among it.
    this.watch(consumer);
    try {
      this.follow(consumer);
      await consumer.connect();
      this.lastSign = performance.now();
      await consumer.subscribe({ topic, fromBeginning: true });
      this.lastSign = performance.now();
      await consumer.run({
        autoCommit: false,
        partitionsConsumedConcurrently: MOST_PARTITIONS,
        eachBatch: async ({ batch }) => {
          this.take(consumer, batch);
          if (isAtEnd(batch)) await pause(this.options.gatherMs, undefined, { ref: false });
        },
      });
    } catch (error) {
      this.again(consumer, error);
    }
    // Given up meanwhile, it may have joined after all, and would keep partitions that nobody reads.
    if (this.consumer !== consumer) void consumer.disconnect().catch(() => undefined);
  }

  private follow(consumer: Consumer): void {
    const { GROUP_JOIN, HEARTBEAT, CRASH } = consumer.events;
    // Not its fetches, which kafkajs reports where the broker is away as well.
    const sign = (): void => {
      if (this.consumer !== consumer) return;
      this.lastSign = performance.now();
      this.failures = 0;
    };
    consumer.on(GROUP_JOIN, ({ payload }) => {
      sign();
      if (this.closed || this.consumer !== consumer) return;
      const isFresh = payload.memberId !== this.memberId;
      this.memberId = payload.memberId;
      this.options.onAssigned(payload.memberAssignment[this.options.topic] ?? [], isFresh);
    });
    consumer.on(HEARTBEAT, sign);
    consumer.on(CRASH, ({ payload }) => this.again(consumer, payload.error));
  }

  private take(consumer: Consumer, batch: EachBatchPayload['batch']): void {
    if (!this.closed && this.consumer === consumer) this.options.onBatch(batch);
  }

  private watch(consumer: Consumer): void {
    if (this.closed || this.consumer !== consumer) return;
    if (performance.now() - this.lastSign > this.options.silenceMs) this.again(consumer, new Error(`silent for ${this.options.silenceMs} ms`));
    else this.timer = setTimeout(() => this.watch(consumer), WATCH_MS).unref();
  }

  /** Ends a consumer, and makes another after a pause, if any. What it had is anybody's meanwhile. */
  private again(consumer: Consumer, error: unknown): void {
    if (this.closed || this.consumer !== consumer) return;
    this.consumer = null;
    this.memberId = null;
    this.isPaused = false;
    this.options.onAssigned([], true);
    if (this.timer) clearTimeout(this.timer);
    void consumer.disconnect().catch(() => undefined);
    const { kafka, groupId } = this.options;
    if (isNameTaken(kafka, groupId, error)) return this.logger.error(nameTaken(groupId));
    reconnects.add(1, { group: groupId });
    const delay = Math.min(FIRST_RETRY_MS * 2 ** this.failures++, this.options.maxRetryMs);
    this.logger.warn(`${groupId} lost ${this.options.topic}, again in ${delay} ms: ${String(error)}`);
    this.timer = setTimeout(() => (this.connecting = this.connect()), delay);
  }

  private async disconnect(): Promise<void> {
    const { consumer } = this;
    this.consumer = null;
    const left = consumer?.disconnect().catch((error: unknown) => this.logger.debug(`${this.options.groupId} could not leave: ${String(error)}`));
    // A broker that hangs must not keep this process from its end; the group does without it after the session's time.
    await Promise.race([left, pause(LEAVE_MS, undefined, { ref: false })]);
  }
}
