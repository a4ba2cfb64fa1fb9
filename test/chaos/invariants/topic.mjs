// All that is in a topic, read by a group of its own.
import { randomUUID } from 'node:crypto';

const PATIENCE_MS = 60_000;

/** @returns {Promise<{ partitions: number, messages: { partition: number, offset: number, key: string, headers: Record<string, string>, raw: import('kafkajs').KafkaMessage }[] }>} by partition and offset */
export async function topicContents({ kafka }, topic) {
  const admin = kafka.admin();
  await admin.connect();
  const ends = (await admin.fetchTopicOffsets(topic)).map(({ partition, high, low }) => ({ partition, high: Number(high), low: Number(low) }));
  const due = new Set(ends.filter(({ high, low }) => high > low).map(({ partition }) => partition));
  const messages = [];
  const groupId = `examiner-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, sessionTimeout: 30_000 });
  try {
    if (due.size > 0) {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`${topic} could not be read to its end within ${PATIENCE_MS / 1_000} s`)), PATIENCE_MS);
        const done = () => {
          clearTimeout(late);
          resolve();
        };
        const eachMessage = async ({ partition, message }) => {
          messages.push(readable(partition, message));
          const { high } = ends.find((end) => end.partition === partition);
          if (Number(message.offset) >= high - 1) due.delete(partition);
          if (due.size === 0) done();
        };
        consumer.run({ autoCommit: false, eachMessage }).catch(reject);
      });
    }
  } finally {
    await consumer.disconnect().catch(() => undefined);
    await admin.deleteGroups([groupId]).catch(() => undefined);
    await admin.disconnect();
  }
  return { partitions: ends.length, messages: messages.sort((a, b) => a.partition - b.partition || a.offset - b.offset) };
}

function readable(partition, message) {
  const headers = Object.fromEntries(Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]));
  return { partition, offset: Number(message.offset), key: String(message.key), headers, raw: message };
}
