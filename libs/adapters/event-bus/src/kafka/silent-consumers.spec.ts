import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { Consumer, ConsumerRunConfig, EachBatchPayload, Kafka } from 'kafkajs';
import { eventually } from '@testing/eventually.js';
import { TEST_KEYS } from '@testing/topic-keys.js';
import { CommandConsumer } from './command-consumer.js';
import { GroupMember } from './group-member.js';

const EVENTS = { GROUP_JOIN: 'join', HEARTBEAT: 'heartbeat', CRASH: 'crash' };
const never = (): Promise<never> => new Promise(() => undefined);

/** Makes consumers that do as the test says, in the order in which they are made; the last one's way is that of all after it. */
function kafkaOf(...ways: readonly Partial<Record<'connect' | 'run' | 'disconnect', () => Promise<void>>>[]) {
  const made: { disconnects: number; emit: (name: string, payload: unknown) => void }[] = [];
  const consumer = (): Consumer => {
    const way = ways[Math.min(made.length, ways.length - 1)]!;
    const listeners = new Map<string, (event: { payload: unknown }) => void>();
    const own = { disconnects: 0, emit: (name: string, payload: unknown) => listeners.get(name)?.({ payload }) };
    made.push(own);
    return {
      events: EVENTS,
      on: (name: string, listener: (event: { payload: unknown }) => void) => listeners.set(name, listener),
      connect: way.connect ?? (async () => undefined),
      subscribe: async () => undefined,
      run: way.run ?? (async () => undefined),
      disconnect: () => {
        own.disconnects += 1;
        return way.disconnect?.() ?? Promise.resolve();
      },
    } as unknown as Consumer;
  };
  return { kafka: { consumer } as unknown as Kafka, made };
}

describe('a consumer of commands that falls silent', () => {
  const errors: string[] = [];
  const consume = (kafka: Kafka) =>
    new CommandConsumer(
      kafka,
      TEST_KEYS,
      { context: 'shop', onBatch: async () => undefined, onError: (error) => errors.push(String(error)) },
      { silenceMs: 50, leaveMs: 10 },
    );
  beforeEach(() => void errors.splice(0));

  it.each([
    ['once it runs', {}],
    ['while it joins', { run: never }],
    ['while it connects', { connect: never }],
  ])('%s is made anew, although its end is never told', async (_, way) => {
    const { kafka, made } = kafkaOf({ ...way, disconnect: never }, {});
    const consumer = consume(kafka);
    await eventually(() => expect(made.length).toBeGreaterThan(1));
    await consumer.close();
    expect(errors[0]).toBe('Error: the consumer of shop.commands was silent for 50 ms');
  });

  it('is not held to be silent while its heartbeats are answered', async () => {
    const { kafka, made } = kafkaOf({});
    jest.useFakeTimers();
    const consumer = consume(kafka);
    for (let beats = 0; beats < 20; beats++) {
      await jest.advanceTimersByTimeAsync(40);
      made[0]!.emit('heartbeat', {});
    }
    jest.useRealTimers();
    expect(made).toHaveLength(1);
    await consumer.close();
    expect([made[0]!.disconnects, errors]).toEqual([1, []]);
  });

  it('leaves the group that it joined after all', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { kafka, made } = kafkaOf({ run: () => promise }, {});
    const consumer = consume(kafka);
    await eventually(() => expect(made.length).toBeGreaterThan(1));
    expect(made[0]!.disconnects).toBe(0);
    resolve();
    await eventually(() => expect(made[0]!.disconnects).toBe(1));
    await consumer.close();
  });

  it('is closed although its broker never answers', async () => {
    const { kafka } = kafkaOf({ run: never, disconnect: never });
    await expect(consume(kafka).close()).resolves.toBeUndefined();
  });

  it('is closed although its broker never answers up to where it has read', async () => {
    const commitOffsetsIfNecessary = jest.fn(never);
    const batch = { partition: 0, messages: [], highWatermark: '1', firstOffset: () => '0', lastOffset: () => '0' };
    const ours = { isRunning: () => true, isStale: () => false, heartbeat: never, resolveOffset: () => undefined, uncommittedOffsets: () => ({}) };
    const payload = { batch, ...ours, commitOffsetsIfNecessary } as unknown as EachBatchPayload;
    const { kafka } = kafkaOf({ run: async (config?: ConsumerRunConfig) => void config!.eachBatch!(payload), disconnect: never });
    const consumer = consume(kafka);
    await eventually(() => expect(commitOffsetsIfNecessary).toHaveBeenCalled());
    await expect(consumer.close()).resolves.toBeUndefined();
  }, 5_000);
});

describe('a consumer of events that falls silent', () => {
  beforeEach(() => Logger.overrideLogger(false));

  it('while it joins is made anew, and leaves the group if it joined after all', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { kafka, made } = kafkaOf({ run: () => promise, disconnect: never }, {});
    const member = new GroupMember({
      kafka,
      topic: 'shop.events',
      groupId: 'g',
      sessionTimeoutMs: 6_000,
      silenceMs: 50,
      gatherMs: 0,
      maxRetryMs: 50,
      onAssigned: () => undefined,
      onBatch: () => undefined,
    }).start();
    await eventually(() => expect(made.length).toBeGreaterThan(1));
    const told = made[0]!.disconnects;
    resolve();
    await eventually(() => expect(made[0]!.disconnects).toBe(told + 1));
    await member.close();
  });
});
