import { setTimeout as pause } from 'node:timers/promises';
import { built } from '../engines.mjs';
import { median } from '../statistics.mjs';
import { figure } from '../table.mjs';
import { openPipeline, PARTITIONS, relayedUpTo, topicKeys } from './engines.mjs';

const BATCH = 1_000;

/**
 * The relay, from the log in Postgres to the topic with its progress stored, against a bare producer that sends the same messages, made beforehand, in batches of
 * the same size with the same acknowledgements. The two take turns.
 */
export async function relay({ quick, follow, say }) {
  const [events, rounds] = quick ? [6_000, 3] : [30_000, 5];
  const pipeline = await openPipeline({ follow });
  const bare = await bareProducer(pipeline);
  try {
    // Both are warm before they are measured.
    await pipeline.grow(3_000, 1);
    pipeline.relay.start();
    await pipeline.relayed();
    const rates = { relay: [], bare: [], ratio: [] };
    for (let round = 0; round < rounds; round++) {
      const ours = await relayRound(pipeline, events, round + 2);
      const theirs = await bare.round(events);
      say(`relay ${Math.round(ours)}/s, bare producer ${Math.round(theirs)}/s`);
      rates.relay.push(ours);
      rates.bare.push(theirs);
      rates.ratio.push(ours / theirs);
    }
    return [
      figure('relayed, log to topic', median(rates.relay), '/s'),
      figure('bare kafkajs, the same messages', median(rates.bare), '/s'),
      figure('relay / bare kafkajs', median(rates.ratio), 'ratio', { least: 0.5 }),
    ];
  } finally {
    await bare.close();
    await pipeline.close();
  }
}

/** What piles up while the relay is away, a second: from its first batch on, without its own start. */
async function relayRound(pipeline, events, seed) {
  await pipeline.relay.stop();
  await pipeline.grow(events, seed);
  const before = await relayedUpTo(pipeline);
  pipeline.relay.start();
  let first;
  while ((first = await relayedUpTo(pipeline)) === before) await pause(1);
  const started = performance.now();
  await pipeline.relayed();
  return ((await relayedUpTo(pipeline)) - first) / ((performance.now() - started) / 1_000);
}

async function bareProducer({ kafka, log }) {
  const [{ toMessage }, { partitionOf }] = await Promise.all([
    built('libs/adapters/event-bus/src/kafka/message.js'),
    built('libs/adapters/event-bus/src/partition.js'),
  ]);
  const keys = await topicKeys();
  const topic = 'bare.events';
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: PARTITIONS, replicationFactor: 1 }] });
  await admin.disconnect();
  const producer = kafka.producer({ idempotent: false, maxInFlightRequests: 1, allowAutoTopicCreation: false });
  await producer.connect();
  const send = (messages) => producer.sendBatch({ acks: -1, topicMessages: [{ topic, messages }] });
  return {
    async round(events) {
      const last = await log.head();
      const batches = [];
      for (let after = last - events; after < last; after += BATCH) {
        const read = await log.readAfter(after, BATCH);
        batches.push(read.map((event) => toMessage('ordering', { event, previous: 0 }, partitionOf(event.stream, PARTITIONS), keys)));
      }
      const started = performance.now();
      for (const batch of batches) await send(batch);
      return events / ((performance.now() - started) / 1_000);
    },
    close: () => producer.disconnect(),
  };
}
