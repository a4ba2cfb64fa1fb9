import type { Admin, Kafka } from 'kafkajs';
import { commandsTopic, eventsTopic } from './message.js';

export interface TopicOptions {
  readonly partitions: number;
  /** Brokers that hold each partition. */
  readonly replication: number;
}

/** A number of partitions other than the one that a context began with: every stream would change its place. */
export class WrongPartitions extends Error {
  override readonly name = 'WrongPartitions';
}

/** Larger than the largest batch of the relay, whose one event may be larger than Kafka's own limit of 1 MiB. */
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
/** Events can be had from the log again, a command that its receiver was away for cannot: 30 days. */
const COMMANDS_KEPT_MS = 30 * 86_400_000;

/** Events are in the log, whatever becomes of their topic; commands on their way are nowhere else. */
const WAY_OUT =
  'once the saga-runners are stopped and no group has anything left to read there, delete the topic, and the relay makes it anew. ' +
  'What a topic of events no longer has its consumers take from the log; a command that is deleted before it was received is lost';

/** Makes a context's topics where they are missing. @throws WrongPartitions where one is there with another number of partitions */
export async function makeTopics(kafka: Kafka, context: string, { partitions, replication }: TopicOptions): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const topics = [eventsTopic(context), commandsTopic(context)];
    const there = new Set(await admin.listTopics());
    const missing = topics.filter((topic) => !there.has(topic));
    const configEntries = [
      { name: 'max.message.bytes', value: String(MAX_MESSAGE_BYTES) },
      // What is acknowledged outlives the loss of a broker, where there is more than one.
      { name: 'min.insync.replicas', value: String(Math.max(1, replication - 1)) },
    ];
    const kept = { name: 'retention.ms', value: String(COMMANDS_KEPT_MS) };
    if (missing.length > 0) {
      await admin.createTopics({
        waitForLeaders: true,
        topics: missing.map((topic) => ({
          topic,
          numPartitions: partitions,
          replicationFactor: replication,
          configEntries: topic === commandsTopic(context) ? [...configEntries, kept] : configEntries,
        })),
      });
    }
    await checkPartitions(admin, topics, partitions);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

async function checkPartitions(admin: Admin, topics: readonly string[], partitions: number): Promise<void> {
  for (const { name, partitions: found } of (await admin.fetchTopicMetadata({ topics: [...topics] })).topics) {
    if (found.length !== partitions) {
      throw new WrongPartitions(`the topic ${name} has ${found.length} partitions where ${partitions} are stored: ${WAY_OUT}`);
    }
  }
}
