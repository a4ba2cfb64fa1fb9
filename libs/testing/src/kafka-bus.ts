import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { Admin, Kafka, KafkaMessage } from 'kafkajs';
import type { KafkaBusOptions, PoisonMessage } from '@adapters/event-bus/src/kafka/kafka-bus-options.js';
import { kafkaClient } from '@adapters/event-bus/src/kafka/kafka-client.js';
import { KafkaEventBus, type KafkaEventBusParts } from '@adapters/event-bus/src/kafka/kafka-event-bus.js';
import { Relay, type RelayOptions } from '@adapters/event-bus/src/kafka/relay.js';
import type { RelayDatabase } from '@adapters/event-bus/src/kafka/relay-progress.js';
import { ContextDatabase } from '@adapters/event-store/src/context-database.js';
import type { SubscribeOptions } from '@kernel/ports/event-bus.js';
import { relayOf } from '@migrations/postgres/src/relay-table.js';
import { eventually } from './eventually.js';
import { sharedKafka } from './kafka.js';
import { MemoryLogs } from './memory-log.js';
import { testDatabase } from './postgres.js';
import { TEST_KEYS } from './topic-keys.js';

/** How impatient tests are. */
const QUICK: Partial<KafkaBusOptions> = { idleMs: 20, sessionTimeoutMs: 6_000, tailMs: 150, commitMs: 50 };

/** One context's log in memory with its relay's row in Postgres, over real Kafka; the context's name is its own, because specs share a broker. */
export async function testKafkaBus({ partitions = 3, brokers = [] as readonly string[] } = {}) {
  // What is done to these is worth a warning each time.
  Logger.overrideLogger(false);
  const context = `shop_${randomBytes(6).toString('hex')}`;
  const server = await testDatabase();
  const database = await ContextDatabase.connect({ context, url: server.url, migrations: [{ name: '0010-relay', class: relayOf(context) }] });
  await database.migrate();
  const logs = new MemoryLogs(context);
  const log = logs.log(context);
  const kafka = kafkaClient({ brokers: brokers.length > 0 ? brokers : (await sharedKafka()).brokers, clientId: 'test' });
  const relays: Relay[] = [];
  const poison: PoisonMessage[] = [];
  const topics = { partitions, replication: 1 };

  const test = {
    context,
    kafka: kafka as Kafka,
    log,
    database,
    poison,
    topic: `${context}.events`,
    relay: (owner: string, options: Partial<RelayOptions> = {}, parts: { kafka?: Kafka; database?: RelayDatabase } = {}) => {
      const relay = new Relay({ kafka, log, database, owner, topics, keys: TEST_KEYS, options: { idleMs: 20, ...options }, ...parts });
      relays.push(relay);
      return relay;
    },
    /** As another process would have it. */
    bus: (options: Partial<KafkaBusOptions> = {}, parts: Partial<KafkaEventBusParts> = {}) =>
      new KafkaEventBus({
        kafka,
        keys: TEST_KEYS,
        stores: logs,
        databases: { get: () => database },
        partitions,
        onPoison: async (message) => void poison.push(message),
        options: { ...QUICK, ...options },
        ...parts,
      }),
    /** One event to each stream named, in order. */
    append: (...streams: string[]) => log.append(...streams.map((stream) => ({ type: `${context}.Happened`, stream, data: { stream } }))),
    /** Everything that the topic holds, by partition and in order of offset. */
    onTopic: async (): Promise<KafkaMessage[][]> => {
      const admin = kafka.admin();
      await admin.connect();
      const ends = (await admin.fetchTopicOffsets(`${context}.events`)).map(({ partition, high, low }) => ({
        partition,
        count: Number(high) - Number(low),
      }));
      await admin.disconnect();
      // By offset: a member that joins its group anew reads again.
      const held = Array.from({ length: partitions }, () => new Map<string, KafkaMessage>());
      const consumer = kafka.consumer({ groupId: `look.${randomBytes(6).toString('hex')}`, maxWaitTimeInMs: 100 });
      await consumer.connect();
      await consumer.subscribe({ topic: `${context}.events`, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatch: async ({ batch }) => batch.messages.forEach((message) => held[batch.partition]!.set(message.offset, message)),
      });
      try {
        await eventually(
          () => ends.every(({ partition, count }) => held[partition]!.size >= count) || Promise.reject(new Error('not read yet')),
          20_000,
        );
      } finally {
        await consumer.disconnect();
      }
      return held.map((messages) => [...messages.values()]);
    },
    withAdmin: async <T>(work: (admin: Admin) => Promise<T>): Promise<T> => {
      const admin = kafka.admin();
      await admin.connect();
      try {
        return await work(admin);
      } finally {
        await admin.disconnect();
      }
    },
    close: async () => {
      await Promise.all(relays.map((relay) => relay.stop()));
      const admin = kafka.admin();
      await admin
        .connect()
        .then(() => admin.deleteTopics({ topics: [`${context}.events`, `${context}.commands`] }))
        .catch(() => undefined);
      await admin.disconnect().catch(() => undefined);
      await database.close();
      await server.drop();
    },
  };
  return test;
}

export type TestKafkaBus = Awaited<ReturnType<typeof testKafkaBus>>;

/**
 * A consumer that keeps what it handled, and how far, as a database would: by an epoch for each partition, so that of two members that both believe
 * that a partition is theirs only the later handles it. Members of one group share it.
 */
export class Ledger {
  readonly handled: { readonly position: number; readonly partition: number; readonly stream: string; readonly by: string }[] = [];
  private readonly places = new Map<number, { epoch: number; position: number }>();

  /** What a member subscribes with. */
  member(context: string, by: string, beforeEach: () => Promise<void> = async () => undefined): SubscribeOptions {
    const epochs = new Map<number, number>();
    return {
      context,
      group: 'ledger',
      maxBatch: 50,
      lingerMs: 0,
      from: async (partition) => {
        const { epoch, position } = this.places.get(partition) ?? { epoch: 0, position: 0 };
        this.places.set(partition, { epoch: epoch + 1, position });
        epochs.set(partition, epoch + 1);
        return position;
      },
      onBatch: async (messages) => {
        for (const { partition, event } of messages) {
          await beforeEach();
          const place = this.places.get(partition)!;
          if (place.epoch !== epochs.get(partition)) throw new Error(`${by} has lost partition ${partition}`);
          if (event.position <= place.position) throw new Error(`position ${event.position} of partition ${partition} came twice`);
          place.position = event.position;
          this.handled.push({ position: event.position, partition, stream: event.stream, by });
        }
      },
    };
  }

  get positions(): number[] {
    return this.handled.map(({ position }) => position).sort((a, b) => a - b);
  }

  /** Streams whose events were not handled in their order. */
  inverted(): string[] {
    return [...Map.groupBy(this.handled, ({ stream }) => stream)]
      .filter(([, events]) => events.some(({ position }, index) => index > 0 && position < events[index - 1]!.position))
      .map(([stream]) => stream);
  }
}
