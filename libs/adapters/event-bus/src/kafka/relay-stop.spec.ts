import type { Kafka } from 'kafkajs';
import { Logger } from '@nestjs/common';
import { eventually } from '@testing/eventually.js';
import { MemoryLog } from '@testing/memory-log.js';
import { TEST_KEYS } from '@testing/topic-keys.js';
import { Relay } from './relay.js';
import type { RelayDatabase } from './relay-progress.js';

beforeAll(() => Logger.overrideLogger(false));
afterAll(() => Logger.overrideLogger(['error', 'warn']));

/** A broker that takes a batch and never says so. */
function hangingBroker() {
  const topics = ['shop.events', 'shop.commands'].map((name) => ({ name, partitions: [{}] }));
  const sent: unknown[] = [];
  const ready = { connect: async () => undefined, disconnect: async () => undefined };
  const kafka = {
    admin: () => ({ ...ready, listTopics: async () => topics.map(({ name }) => name), fetchTopicMetadata: async () => ({ topics }) }),
    producer: () => ({ ...ready, sendBatch: (batch: unknown) => (sent.push(batch), new Promise(() => undefined)) }),
  };
  return { kafka: kafka as unknown as Kafka, sent };
}

it('ends in bounded time where the broker hangs, and stores nothing as sent', async () => {
  const statements: string[] = [];
  const database: RelayDatabase = {
    context: 'shop',
    query: async ({ name }) => (statements.push(name), [{ epoch: '1', position: '0', partitions: 1, last: ['0'] }] as never),
  };
  const log = new MemoryLog('shop');
  log.append({ type: 'shop.Happened', stream: 'order-1', data: {} });
  const { kafka, sent } = hangingBroker();
  const relay = new Relay({
    kafka,
    keys: TEST_KEYS,
    log,
    database,
    owner: 'one',
    topics: { partitions: 1, replication: 1 },
    options: { stopMs: 50 },
  });
  relay.start();
  await eventually(() => expect(sent).toHaveLength(1));
  await relay.stop();
  expect(statements.filter((name) => name.endsWith('.advance'))).toEqual([]);
}, 5_000);
