import { Logger } from '@nestjs/common';
import type { Consumer, ConsumerGroupJoinEvent, EachBatchPayload, IHeaders, Kafka, KafkaMessage } from 'kafkajs';
import type { LoggedEvent } from '@kernel/event.js';
import type { BusMessage, SubscribeOptions, Subscription } from '@kernel/ports/event-bus.js';
import { eventually } from '@testing/eventually.js';
import { MemoryLog } from '@testing/memory-log.js';
import { TEST_KEYS } from '@testing/topic-keys.js';
import { partitionOf } from '../partition.js';
import { KAFKA_BUS_DEFAULTS, type KafkaBusOptions, type PoisonMessage } from './kafka-bus-options.js';
import { KafkaSubscription, type KafkaSubscriptionParts } from './kafka-subscription.js';
import { toMessage } from './message.js';

const PARTITIONS = 2;

/** A consumer that the test hands its messages. */
class Fed {
  readonly paused = new Set<number>();
  private eachBatch: (payload: EachBatchPayload) => Promise<void> = async () => undefined;
  private joined: (event: ConsumerGroupJoinEvent) => void = () => undefined;
  private readonly offsets = [0, 0];

  readonly kafka = {
    consumer: () =>
      ({
        events: { GROUP_JOIN: 'join', HEARTBEAT: 'heartbeat', CRASH: 'crash' },
        on: (name: string, listener: (event: ConsumerGroupJoinEvent) => void) => (name === 'join' ? (this.joined = listener) : undefined),
        connect: async () => undefined,
        subscribe: async () => undefined,
        run: async (options: { eachBatch: (payload: EachBatchPayload) => Promise<void> }) => {
          this.eachBatch = options.eachBatch;
          this.joined({ payload: { memberId: 'me', memberAssignment: { 'shop.events': [0, 1] } } } as unknown as ConsumerGroupJoinEvent);
        },
        pause: ([{ partitions }]: [{ partitions: number[] }]) => partitions.forEach((partition) => this.paused.add(partition)),
        resume: ([{ partitions }]: [{ partitions: number[] }]) => partitions.forEach((partition) => this.paused.delete(partition)),
        commitOffsets: async () => undefined,
        disconnect: async () => undefined,
      }) as unknown as Consumer,
  } as unknown as Kafka;

  /** @param behind how many more the topic holds that are still to be read */
  async give(partition: number, messages: readonly { key: unknown; value: unknown; headers?: unknown }[], behind = 0): Promise<void> {
    const held = messages.map(({ key, value, headers }) => ({
      offset: String(this.offsets[partition]!++),
      key: key === null ? null : Buffer.from(key as string),
      value: Buffer.from(value as string),
      headers: headers as IHeaders,
    }));
    const batch = { partition, messages: held as unknown as KafkaMessage[], highWatermark: String(this.offsets[partition]! + behind) };
    await this.eachBatch({ batch } as unknown as EachBatchPayload);
  }
}

describe('a consumer over Kafka', () => {
  let fed: Fed;
  let log: MemoryLog;
  let subscription: Subscription;
  beforeEach(() => {
    Logger.overrideLogger(false);
    [fed, log] = [new Fed(), new MemoryLog('shop')];
  });
  afterEach(() => subscription.close());

  const start = async (
    onBatch: (messages: readonly BusMessage[]) => Promise<void>,
    options: Partial<KafkaBusOptions> = {},
    parts: Partial<KafkaSubscriptionParts> = {},
    subscribe: Partial<SubscribeOptions> = {},
  ) => {
    const published = async () => ({ position: 0, last: [0, 0] });
    const onPoison = async () => undefined;
    subscription = new KafkaSubscription(
      { kafka: fed.kafka, keys: TEST_KEYS, log, partitions: PARTITIONS, published, onPoison, ...parts },
      { context: 'shop', group: 'g', from: async () => 0, maxBatch: 4, lingerMs: 0, onBatch, ...subscribe },
      { ...KAFKA_BUS_DEFAULTS, idleMs: 5, ...options },
    ).start();
    await new Promise(setImmediate);
  };
  const streamOf = (partition: number): string => ['a', 'b', 'c', 'd'].find((stream) => partitionOf(stream, PARTITIONS) === partition)!;
  const append = (partition: number): LoggedEvent => log.append({ type: 'shop.Happened', stream: streamOf(partition), data: {} })[0]!;
  const chained = (event: LoggedEvent, previous: number, partition: number) => toMessage('shop', { event, previous }, partition, TEST_KEYS) as never;

  it('has the gap of one partition filled although another always has something to be delivered', async () => {
    const lost = append(0);
    const behind = append(0);
    let previous = 0;
    const more = async (): Promise<void> => {
      const event = append(1);
      await fed.give(1, [chained(event, previous, 1)]);
      previous = event.position;
    };
    const delivered: number[] = [];
    let isBusy = true;
    await start(async (messages) => {
      delivered.push(...messages.map(({ event }) => event.position));
      if (isBusy && delivered.length < 200) await more();
    });
    await more();
    await fed.give(0, [chained(behind, lost.position, 0)]);
    await eventually(() => expect(delivered.length).toBeGreaterThanOrEqual(200));
    isBusy = false;
    expect(delivered.slice(0, 50)).toEqual(expect.arrayContaining([lost.position, behind.position]));
  });

  it('believes no position that the log does not have, whoever signed it, and delivers what comes after', async () => {
    const delivered: number[] = [];
    const poison: PoisonMessage[] = [];
    const onPoison = async (message: PoisonMessage): Promise<void> => void poison.push(message);
    await start(async (messages) => void delivered.push(...messages.map(({ event }) => event.position)), {}, { onPoison });
    const first = append(0);
    await fed.give(0, [chained(first, 0, 0), chained({ ...first, position: Number.MAX_SAFE_INTEGER }, 0, 0)]);
    await eventually(() => expect(poison).toMatchObject([{ offset: '1', reason: 'ce_position is beyond the end of the log' }]));
    const second = append(0);
    await fed.give(0, [chained(second, first.position, 0)]);
    await eventually(() => expect(delivered).toEqual([first.position, second.position]));
  });

  it('does not linger between two small batches while the topic holds much more', async () => {
    const delivered: number[] = [];
    const onBatch = async (messages: readonly BusMessage[]): Promise<void> => void delivered.push(...messages.map(({ event }) => event.position));
    await start(onBatch, {}, {}, { maxBatch: 20, lingerMs: 600_000 });
    const [first, second] = [append(0), append(0)];
    await fed.give(0, [chained(first, 0, 0)], 5);
    await eventually(() => expect(delivered).toEqual([first.position]));
    await fed.give(0, [chained(second, first.position, 0)], 4);
    await eventually(() => expect(delivered).toEqual([first.position, second.position]));
  });

  it('fetches again at once while the topic holds more, and else after a while, in which more comes', async () => {
    await start(async () => undefined, {}, {}, { lingerMs: 100 });
    const [first, second] = [append(0), append(0)];
    const isOver = async (given: Promise<void>): Promise<boolean> =>
      Promise.race([given.then(() => true), new Promise<boolean>((r) => setImmediate(r, false))]);
    expect(await isOver(fed.give(0, [chained(first, 0, 0)], 5))).toBe(true);
    expect(await isOver(fed.give(0, [chained(second, first.position, 0)]))).toBe(false);
  });

  it('tells whether it is a member of its group', async () => {
    await start(async () => undefined);
    expect((subscription as KafkaSubscription).missing).toBeNull();
    await subscription.close();
    // Nothing was heard of its broker for longer than its session lasts.
    await start(async () => undefined, { sessionTimeoutMs: 0 });
    expect((subscription as KafkaSubscription).missing).toBe('g of shop.events');
  });

  it('delivers what is whole while the log cannot fill the gap of another partition', async () => {
    const delivered: number[] = [];
    log.readAfter = () => Promise.reject(new Error('the log is away'));
    await start(async (messages) => void delivered.push(...messages.map(({ event }) => event.position)));
    const [missing, behind, whole] = [append(0), append(0), append(1)];
    await Promise.all([fed.give(0, [chained(behind, missing.position, 0)]), fed.give(1, [chained(whole, 0, 1)])]);
    await eventually(() => expect(delivered).toEqual([whole.position]));
  });

  it.each([
    ['messages', { maxBuffered: 20 }],
    ['bytes', { maxBufferedBytes: 200 }],
  ])('takes in no more poison than it may hold in %s, and goes on once that is written down', async (_, limits) => {
    const written: PoisonMessage[] = [];
    let isAway = true;
    const onPoison = async (poison: PoisonMessage): Promise<void> => {
      if (isAway) throw new Error('the database is away');
      written.push(poison);
    };
    await start(async () => undefined, limits, { onPoison });
    await fed.give(
      0,
      Array.from({ length: 25 }, () => ({ key: null, value: 'no event' })),
    );
    expect(fed.paused).toEqual(new Set([0, 1]));
    isAway = false;
    await eventually(() => expect(written).toHaveLength(25));
    await eventually(() => expect(fed.paused).toEqual(new Set()));
  });
});
