import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import { Gathered } from '@kernel/gathered.js';
import type { ReceivedBatch, ReceiveOptions, Reception } from '@kernel/ports/command-transport.js';
import { isAtEnd } from './batch.js';
import { fromCommandMessage, readableHeaders } from './command-message.js';
import { commandsTopic } from './message.js';
import { observeLag } from './metrics.js';
import { isNameTaken, nameTaken } from './static-membership.js';
import type { TopicKeys } from './topic-keys.js';

/** Within it the commands of a receiver that was killed go to those that are left; brokers allow no less by default. */
const SESSION_TIMEOUT_MS = 6_000;
const HEARTBEAT_MS = 1_500;
/** Longest that the broker keeps a question for messages open: between two of them this member shows that it lives, and notices that it is to stop. */
const LONGEST_FETCH_MS = 500;
/** Pause for more where a fetch brought the last there is, ms: each costs a transaction and two requests to the broker, whatever it brings. */
const GATHER_MS = 20;
/** Partitions whose batches may be in hand at one time. */
const MOST_PARTITIONS = 64;
interface ConsumerPatience {
  /** After so long without a heartbeat that the broker answered a consumer is made anew, ms; several heartbeats, and a rebalance. */
  readonly silenceMs: number;
  /** Longest wait for a consumer that is done with, once its batch in hand is: it may never hear from its broker again, ms. */
  readonly leaveMs: number;
}
const PATIENCE: ConsumerPatience = { silenceMs: 30_000, leaveMs: 5_000 };
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;

/**
 * A member of the group that takes in the commands of one context. A batch is kept first and its offsets are committed then, so that a crash in between
 * brings it again and never loses it. What fails is begun anew with a consumer of its own, for as long as it takes; only where another process has taken
 * its name it stays out.
 */
export class CommandConsumer implements Reception {
  private readonly logger = new Logger(CommandConsumer.name);
  private readonly stopping = new AbortController();
  private readonly stopped = new Promise<void>((resolve) => this.stopping.signal.addEventListener('abort', () => resolve()));
  private readonly running: Promise<void>;
  private readonly topic: string;
  private readonly unobserve: () => void;
  /** By partition, messages that are still to be kept, as far as the broker has told. */
  private readonly lag = new Map<number, number>();
  private inHand: Promise<unknown> = Promise.resolve();
  /** A few commands of each of many partitions are one transaction. */
  private readonly keeping: Gathered<ReceivedBatch, void>;
  private isOut = false;

  constructor(
    private readonly kafka: Kafka,
    private readonly keys: TopicKeys,
    private readonly options: ReceiveOptions,
    private readonly patience = PATIENCE,
  ) {
    this.topic = commandsTopic(options.context);
    this.keeping = new Gathered((parts) =>
      options.onBatch({ commands: parts.flatMap(({ commands }) => commands), poison: parts.flatMap(({ poison }) => poison) }),
    );
    this.unobserve = observeLag({ topic: this.topic, group: this.topic }, () => this.lag);
    this.running = this.run();
  }

  /** Its group, where it stays out of it for good. */
  get missing(): string | null {
    return this.isOut ? this.topic : null;
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await this.running;
    this.unobserve();
  }

  private async run(): Promise<void> {
    for (let failures = 0; !this.isStopping; failures++) {
      try {
        await this.consume(() => (failures = 0));
      } catch (error) {
        if (isNameTaken(this.kafka, this.topic, error)) return this.stayOut();
        this.options.onError(error);
      }
      if (!this.isStopping) await this.pause(Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS));
    }
  }

  private stayOut(): void {
    this.isOut = true;
    this.lag.clear();
    this.logger.error(nameTaken(this.topic));
  }

  /** Resolves when it is to stop. @throws what ended the consumer */
  private async consume(received: () => void): Promise<void> {
    const { groupId, retry } = { groupId: this.topic, retry: { restartOnFailure: () => Promise.resolve(false) } };
    const consumer = this.kafka.consumer({
      groupId,
      retry,
      sessionTimeout: SESSION_TIMEOUT_MS,
      heartbeatInterval: HEARTBEAT_MS,
      maxWaitTimeInMs: LONGEST_FETCH_MS,
      allowAutoTopicCreation: false,
    });
    const { ended, sign, unwatch } = this.watch(consumer);
    const joined = this.join(consumer, received, sign);
    try {
      await Promise.race([joined, ended]);
      await ended;
    } finally {
      unwatch();
      await this.leave(consumer, joined);
    }
  }

  private async join(consumer: Consumer, received: () => void, sign: () => void): Promise<void> {
    await consumer.connect();
    sign();
    // A group that is new begins where the topic does: commands may have been sent before there was anybody to take them in.
    await consumer.subscribe({ topic: this.topic, fromBeginning: true });
    sign();
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: MOST_PARTITIONS,
      eachBatch: async (payload) => {
        await this.take(payload);
        received();
      },
    });
  }

  /**
   * `ended` resolves when this is to stop. It rejects when the consumer has crashed, which it does not come back from by itself, or fallen silent, as it
   * does where its own end waits for a broker that is gone.
   */
  private watch(consumer: Consumer): { readonly ended: Promise<void>; readonly sign: () => void; readonly unwatch: () => void } {
    const { promise: dead, reject } = Promise.withResolvers<void>();
    const { silenceMs } = this.patience;
    const silence = setTimeout(() => reject(new Error(`the consumer of ${this.topic} was silent for ${silenceMs} ms`)), silenceMs);
    const sign = (): void => void silence.refresh();
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    consumer.on(consumer.events.GROUP_JOIN, () => {
      // Whoever has a partition now tells of it.
      this.lag.clear();
      sign();
    });
    consumer.on(consumer.events.HEARTBEAT, sign);
    const ended = Promise.race([this.stopped, dead]);
    // Whoever fails before has a reason of its own.
    ended.catch(() => undefined);
    return { ended, sign, unwatch: () => clearTimeout(silence) };
  }

  /** Waits for the batch in hand, and not for ever for the rest. Not before it has joined, or it would be a member that nobody knows of. */
  private async leave(consumer: Consumer, joined: Promise<void>): Promise<void> {
    const left = joined
      .catch(() => undefined)
      .then(() => consumer.disconnect())
      .catch((error: unknown) => this.options.onError(error));
    const waiting = new AbortController();
    const patience = this.inHand.then(() => sleep(this.patience.leaveMs, undefined, { signal: waiting.signal })).catch(() => undefined);
    await Promise.race([left, patience]);
    waiting.abort();
  }

  private async take({ batch, heartbeat, resolveOffset, commitOffsetsIfNecessary, uncommittedOffsets, isRunning, isStale }: EachBatchPayload) {
    this.lag.set(batch.partition, Number(batch.highWatermark) - Number(batch.firstOffset()));
    const received = this.read(batch.partition, batch.messages);
    // Together with what the fetch has brought of other partitions; and the next fetch shall find more than one command.
    if (isAtEnd(batch)) await this.pause(GATHER_MS);
    const isOurs = (): boolean => isRunning() && !isStale() && !this.isStopping;
    const kept = this.keep(received, heartbeat, isOurs);
    // Without what follows, which is the broker's to answer: a batch that is kept and not committed comes again, and is dropped.
    this.inHand = Promise.allSettled([this.inHand, kept]).then(() => undefined);
    if (!(await kept)) return;
    this.lag.set(batch.partition, Number(batch.highWatermark) - 1 - Number(batch.lastOffset()));
    resolveOffset(batch.lastOffset());
    await commitOffsetsIfNecessary(uncommittedOffsets());
  }

  private read(partition: number, messages: readonly KafkaMessage[]): ReceivedBatch {
    const batch: { commands: ReceivedBatch['commands'][number][]; poison: ReceivedBatch['poison'][number][] } = { commands: [], poison: [] };
    const { context } = this.options;
    for (const message of messages) {
      try {
        batch.commands.push(fromCommandMessage(context, message, this.keys));
      } catch (error) {
        const { offset, value } = message;
        const key = message.key?.toString() ?? null;
        const place = { context, topic: this.topic, partition, offset, group: this.topic };
        batch.poison.push({ ...place, key, value, headers: readableHeaders(message.headers), reason: (error as Error).message });
      }
    }
    return batch;
  }

  /** Keeps a batch, for as long as the database takes to come back; false where it is somebody else's now, or nobody's any more. */
  private async keep(received: ReceivedBatch, heartbeat: () => Promise<void>, isOurs: () => boolean): Promise<boolean> {
    // Together with others at first, and then alone, so that what cannot be kept of one partition is not in the way of what is in hand of others.
    let keep = (): Promise<void> => this.keeping.join(received);
    for (let wait = FIRST_RETRY_MS; isOurs(); wait = Math.min(wait * 2, HEARTBEAT_MS)) {
      try {
        await this.beating(heartbeat, keep());
        return true;
      } catch (error) {
        this.options.onError(error);
        keep = () => this.options.onBatch(received);
      }
      await this.pause(wait);
      // Rejects where the group goes on without this member, which then joins anew.
      await heartbeat();
    }
    return false;
  }

  /** Keeps the membership while work takes long. */
  private async beating(heartbeat: () => Promise<void>, work: Promise<void>): Promise<void> {
    const beat = setInterval(() => void heartbeat().catch(() => undefined), HEARTBEAT_MS);
    try {
      await work;
    } finally {
      clearInterval(beat);
    }
  }

  private get isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
