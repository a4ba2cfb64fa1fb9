import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import type { Kafka } from 'kafkajs';
import { eventually } from '@testing/eventually.js';
import { MemoryLog } from '@testing/memory-log.js';
import { TEST_KEYS } from '@testing/topic-keys.js';
import { Relay } from './relay.js';
import type { RelayDatabase } from './relay-progress.js';

const HOUR_MS = 3_600_000;

it('takes over from one that died, although its own clock was set back meanwhile', async () => {
  let isHeld = true;
  let asked = 0;
  const database: RelayDatabase = {
    context: 'shop',
    query: async ({ name }) => {
      if (name.endsWith('.hold')) asked += 1;
      return (name.endsWith('.hold') && isHeld ? [] : [{ epoch: '2', position: '0', partitions: 1, last: ['0'] }]) as never;
    },
  };
  const log = new MemoryLog('shop');
  log.append({ type: 'shop.Happened', stream: 'order-1', data: {} });
  const topics = ['shop.events', 'shop.commands'].map((name) => ({ name, partitions: [{}] }));
  const ready = { connect: async () => undefined, disconnect: async () => undefined };
  let sent = 0;
  const kafka = {
    admin: () => ({ ...ready, listTopics: async () => topics.map(({ name }) => name), fetchTopicMetadata: async () => ({ topics }) }),
    producer: () => ({ ...ready, sendBatch: async () => void (sent += 1) }),
  } as unknown as Kafka;
  const relay = new Relay({
    kafka,
    keys: TEST_KEYS,
    log,
    database,
    owner: 'standby',
    topics: { partitions: 1, replication: 1 },
    options: { leaseMs: 300 },
  });
  relay.start();
  try {
    await eventually(() => expect(asked).toBeGreaterThan(0));
    const now = Date.now() - HOUR_MS;
    jest.spyOn(Date, 'now').mockReturnValue(now);
    isHeld = false;
    const until = performance.now() + 3_000;
    while (sent === 0 && performance.now() < until) await sleep(50);
    expect(sent).toBeGreaterThan(0);
  } finally {
    jest.restoreAllMocks();
    await relay.stop();
  }
});
