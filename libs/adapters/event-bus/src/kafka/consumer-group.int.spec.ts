import { setTimeout as pause } from 'node:timers/promises';
import type { Consumer, Kafka } from 'kafkajs';
import type { Subscription } from '@kernel/ports/event-bus.js';
import { eventually } from '@testing/eventually.js';
import { Ledger, testKafkaBus, type TestKafkaBus } from '@testing/kafka-bus.js';
import { TEST_KEYS } from '@testing/topic-keys.js';
import { toMessage } from './message.js';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
const streams = (count: number): string[] => upTo(count).map((n) => `order-${n % 11}`);
const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('a consumer group', () => {
  let test: TestKafkaBus;
  let ledger: Ledger;
  let open: Subscription[];
  beforeEach(async () => {
    test = await testKafkaBus({ partitions: 4 });
    [ledger, open] = [new Ledger(), []];
    test.relay('relay').start();
  });
  afterEach(async () => {
    await Promise.all(open.map((subscription) => subscription.close()));
    await test.close();
  });

  const join = async (by: string, bus = test.bus(), beforeEach?: () => Promise<void>): Promise<Subscription> => {
    const subscription = await bus.subscribe(ledger.member(test.context, by, beforeEach));
    open.push(subscription);
    return subscription;
  };
  const handled = (count: number) => eventually(() => expect(ledger.positions).toEqual(upTo(count)), 30_000);
  const relayed = (count: number) => eventually(async () => expect((await test.bus().published(test.context)).position).toBe(count), 20_000);
  const reset = (to: 'earliest' | 'latest') =>
    eventually(() =>
      test.withAdmin((admin) => admin.resetOffsets({ groupId: `ledger.${test.context}`, topic: test.topic, earliest: to === 'earliest' })),
    );
  const membersOf = (): Set<string> => new Set(ledger.handled.map(({ by }) => by));

  it('shares the partitions, and each position is handled by one of its members, in the order of its stream', async () => {
    let producing = true;
    let appended = 0;
    const load = (async () => {
      while (producing) {
        if (appended - ledger.handled.length < 200) appended += test.append(...streams(5)).length;
        await pause(10);
      }
    })();
    const first = await join('first', test.bus(), () => pause(0));
    await eventually(() => expect(ledger.handled.length).toBeGreaterThan(50), 20_000);
    await join('second', test.bus(), () => pause(0));
    await eventually(() => expect(membersOf()).toEqual(new Set(['first', 'second'])), 20_000);
    await first.close();
    const after = ledger.handled.length;
    await join('third', test.bus(), () => pause(0));
    await eventually(() => expect(new Set(ledger.handled.slice(after).map(({ partition }) => partition)).size).toBe(4), 20_000);
    await eventually(() => expect(membersOf()).toContain('third'), 20_000);
    producing = false;
    await load;
    await handled(appended);
    expect(ledger.inverted()).toEqual([]);
  });

  it('tells a member what it has lost', async () => {
    const lost: number[] = [];
    const asked: number[] = [];
    const options = ledger.member(test.context, 'first');
    open.push(
      await test.bus().subscribe({
        ...options,
        from: (partition) => {
          asked.push(partition);
          return options.from(partition);
        },
        lost: (partition) => void lost.push(partition),
      }),
    );
    await eventually(() => expect(asked.toSorted()).toEqual([0, 1, 2, 3]), 20_000);
    await join('second');
    await eventually(() => expect(lost).toHaveLength(2), 20_000);
  });

  it('is read on from where it was after its offsets were reset to the beginning', async () => {
    test.append(...streams(30));
    const first = await join('first');
    await handled(30);
    await first.close();
    await reset('earliest');
    test.append(...streams(10));
    await join('second');
    await handled(40);
    expect(ledger.inverted()).toEqual([]);
  });

  it('gets from the log what offsets that were reset to the end pass over', async () => {
    test.append(...streams(30));
    const first = await join('first');
    await handled(30);
    await first.close();
    test.append(...streams(25));
    await relayed(55);
    await reset('latest');
    await join('second');
    // Nothing new comes that could tell of the gap.
    await handled(55);
    test.append(...streams(10));
    await handled(65);
    expect(ledger.inverted()).toEqual([]);
  });

  it('gets from the log what retention has cut off before it was read', async () => {
    test.append(...streams(30));
    await relayed(30);
    await test.withAdmin(async (admin) => {
      const partitions = (await admin.fetchTopicOffsets(test.topic)).map(({ partition, high }) => ({ partition, offset: high }));
      await admin.deleteTopicRecords({ topic: test.topic, partitions });
    });
    await join('late');
    await handled(30);
    test.append(...streams(20));
    await handled(50);
    expect(ledger.inverted()).toEqual([]);
  });

  it('reports what is no event, gets from the log what it stands in the place of, and goes on', async () => {
    const corrupt = test.log.append({ type: 'shop.Happened', stream: 'order-5', data: { total: '1.10' } })[0]!;
    await relayed(1);
    await join('reader');
    await handled(1);
    const producer = test.kafka.producer();
    await producer.connect();
    const partition = test.bus().partitionOf(test.context, 'order-5');
    const forged = toMessage(test.context, { event: { ...corrupt, position: 2, data: '{"total":"9.99"}' }, previous: 1 }, partition, TEST_KEYS);
    await producer.send({ topic: test.topic, messages: [{ key: 'k', value: 'rubbish', partition: 1 }, { value: null, partition: 2 }, forged] });
    await producer.disconnect();
    test.append(...streams(20));
    await handled(21);
    await eventually(() => expect(test.poison).toHaveLength(3));
    const common = { context: test.context, topic: test.topic, group: 'ledger' };
    expect(test.poison).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          ...common,
          partition: 1,
          key: 'k',
          value: Buffer.from('rubbish'),
          headers: {},
          reason: 'ce_specversion is missing',
        }),
        expect.objectContaining({ ...common, partition: 2, key: null, value: null }),
        expect.objectContaining({ ...common, partition, key: 'order-5', reason: 'ce_digest is not that of its content' }),
      ]),
    );
  });

  it('reports poison until it is taken, and does not wait for that', async () => {
    let failures = 3;
    const taken: string[] = [];
    const onPoison = async ({ offset }: { offset: string }): Promise<void> => {
      if (failures-- > 0) throw new Error('the database is away');
      taken.push(offset);
    };
    await join('reader', test.bus({}, { onPoison }));
    test.append(...streams(5));
    await handled(5);
    const producer = test.kafka.producer();
    await producer.connect();
    await producer.send({ topic: test.topic, messages: [{ value: 'rubbish', partition: 0 }] });
    await producer.disconnect();
    test.append(...streams(5));
    await handled(10);
    await eventually(() => expect(taken).toHaveLength(1));
    expect(failures).toBe(-1);
  });

  it('takes no more in than it holds while its consumer is busy, and goes on afterwards', async () => {
    let [taken, pauses, resumes] = [0, 0, 0];
    const kafka = watched(test.kafka, { batch: (size) => (taken += size), pause: () => (pauses += 1), resume: () => (resumes += 1) });
    const text = 'x'.repeat(20_000);
    test.log.append(...streams(1_200).map((stream) => ({ type: 'shop.Happened', stream, data: { text } })));
    await relayed(1_200);
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    await join('busy', test.bus({ maxBuffered: 100 }, { kafka }), () => gate);
    await eventually(() => expect(pauses).toBeGreaterThan(0), 20_000);
    const held = taken;
    expect(held).toBeLessThan(1_200);
    await pause(700);
    // Longer than a fetch waits: nothing more has come.
    expect(taken - held).toBe(0);
    release();
    await handled(1_200);
    expect(resumes).toBeGreaterThan(0);
    expect(ledger.inverted()).toEqual([]);
  });

  it('carries the trace of what caused an event', async () => {
    const traces: (string | null)[] = [];
    const options = ledger.member(test.context, 'reader');
    open.push(
      await test.bus().subscribe({
        ...options,
        onBatch: async (messages) => void traces.push(...messages.map(({ event }) => event.traceparent)),
      }),
    );
    test.log.append({ type: 'shop.Happened', stream: 'order-1', data: {}, traceparent: TRACE });
    await eventually(() => expect(traces).toEqual([TRACE]), 20_000);
    expect((await test.onTopic()).flat()[0]!.headers!['traceparent']!.toString()).toBe(TRACE);
  });
});

/** Kafka, with its consumers watched. */
function watched(kafka: Kafka, on: { batch: (size: number) => void; pause: () => void; resume: () => void }): Kafka {
  return {
    consumer: (options: Parameters<Kafka['consumer']>[0]): Consumer => {
      const consumer = kafka.consumer(options);
      return {
        ...consumer,
        run: ({ eachBatch, ...rest } = {}) =>
          consumer.run({
            ...rest,
            eachBatch: async (payload) => {
              on.batch(payload.batch.messages.length);
              await eachBatch!(payload);
            },
          }),
        pause: (topics) => {
          on.pause();
          consumer.pause(topics);
        },
        resume: (topics) => {
          on.resume();
          consumer.resume(topics);
        },
      };
    },
  } as unknown as Kafka;
}
