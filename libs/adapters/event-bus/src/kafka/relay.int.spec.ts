import type { Kafka, KafkaMessage, Producer } from 'kafkajs';
import { eventually } from '@testing/eventually.js';
import { Ledger, testKafkaBus, type TestKafkaBus } from '@testing/kafka-bus.js';
import { RelayFenced, RelayProgress, type RelayDatabase } from './relay-progress.js';
import { WrongPartitions } from './topics.js';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
const positionsOf = (messages: readonly KafkaMessage[]): number[] => messages.map(({ headers }) => Number(headers!['ce_position']!.toString()));
const streams = (count: number): string[] => upTo(count).map((n) => `order-${n % 7}`);

describe('the relay', () => {
  let test: TestKafkaBus;
  beforeEach(async () => void (test = await testKafkaBus({ partitions: 3 })));
  afterEach(() => test.close());

  const published = () => test.bus().published(test.context);
  const relayed = (count: number) => eventually(async () => expect((await published()).position).toBe(count), 20_000);
  /** What a group reads from the beginning. */
  const readAll = async (count: number): Promise<Ledger> => {
    const ledger = new Ledger();
    const subscription = await test.bus().subscribe(ledger.member(test.context, 'one'));
    await eventually(() => expect(ledger.positions).toEqual(upTo(count)), 20_000);
    await subscription.close();
    return ledger;
  };
  const row = async (): Promise<{ epoch: string; owner: string }> => {
    const [found] = await test.database.query<{ epoch: string; owner: string }>(
      { name: 'row', text: `select epoch, owner from ${test.context}.relay` },
      [],
    );
    return found!;
  };

  it('sends the log in order, each event with the one before it in its partition', async () => {
    test.append(...streams(40));
    test.relay('one', { maxBatch: 7 }).start();
    await relayed(40);
    // kafkajs sends a whole batch again where one partition of a new topic has no leader yet.
    const topic = (await test.onTopic()).map((messages) => [...new Map(messages.map((message) => [positionsOf([message])[0], message])).values()]);
    expect(topic.flatMap(positionsOf).sort((a, b) => a - b)).toEqual(upTo(40));
    for (const messages of topic) {
      const positions = positionsOf(messages);
      expect(positions).toEqual([...positions].sort((a, b) => a - b));
      expect(messages.map(({ headers }) => Number(headers!['ce_previous']!.toString()))).toEqual([0, ...positions].slice(0, positions.length));
    }
  });

  it('sends one batch at a time, none with more bytes than it may, but never less than an event', async () => {
    const data = { text: 'x'.repeat(400) };
    test.log.append(
      ...streams(9).map((stream, index) => ({ type: 'shop.Happened', stream, data: index === 4 ? { text: 'x'.repeat(5_000) } : data })),
    );
    const batches: number[] = [];
    let [inFlight, most] = [0, 0];
    const kafka = sending(test.kafka, async (send, batch) => {
      most = Math.max(most, ++inFlight);
      batches.push(batch.topicMessages!.flatMap(({ messages }) => messages).length);
      await send();
      inFlight -= 1;
    });
    test.relay('one', { maxBytes: 1_000 }, { kafka }).start();
    await relayed(9);
    expect(batches).toEqual([2, 2, 1, 2, 2]);
    expect(most).toBe(1);
  });

  it('sends a batch again after a crash between sending it and storing that, and nobody is told twice', async () => {
    test.append(...streams(20));
    let crashes = 1;
    const database: RelayDatabase = {
      context: test.context,
      query: (statement, values) => {
        if (statement.name.endsWith('.advance') && crashes-- > 0) return Promise.reject(new Error('the process has died'));
        return test.database.query(statement, values);
      },
    };
    test.relay('one', {}, { database }).start();
    await relayed(20);
    test.append(...streams(5));
    await relayed(25);
    expect((await test.onTopic()).flat().length).toBeGreaterThanOrEqual(45);
    expect((await readAll(25)).inverted()).toEqual([]);
  });

  it('fences a zombie, whose messages nobody is told twice', async () => {
    test.append(...streams(20));
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    let arrived = false;
    const kafka = sending(test.kafka, async (send) => {
      arrived = true;
      await gate;
      await send();
    });
    const zombie = test.relay('zombie', { leaseMs: 200 }, { kafka });
    zombie.start();
    await eventually(() => expect(arrived).toBe(true));
    const heir = test.relay('heir', { leaseMs: 200, maxBatch: 8 });
    heir.start();
    await relayed(20);
    test.append(...streams(10));
    await relayed(30);
    expect(await row()).toEqual({ epoch: '2', owner: 'heir' });
    release();
    await eventually(() => expect(zombie.failure).toBeInstanceOf(RelayFenced));
    test.append(...streams(3));
    await relayed(33);
    expect(await row()).toEqual({ epoch: '2', owner: 'heir' });
    expect((await test.onTopic()).flat().length).toBeGreaterThanOrEqual(53);
    expect((await readAll(33)).inverted()).toEqual([]);
  });

  it('stores nothing for an epoch that is over, wherever it is', async () => {
    const progress = new RelayProgress(test.database);
    const { epoch } = (await progress.hold('one', 0, 0))!;
    await progress.begin(epoch, 3);
    expect((await progress.hold('other', 0, 10_000))!.epoch).toBe(epoch + 1);
    await expect(progress.advance(epoch, 0, 5, [5, 0, 0])).rejects.toThrow(RelayFenced);
    await expect(progress.begin(epoch, 3)).rejects.toThrow(RelayFenced);
    expect(await progress.hold('one', epoch, 10_000)).toBeNull();
    await progress.advance(epoch + 1, 0, 5, [5, 0, 0]);
    await expect(progress.advance(epoch + 1, 0, 6, [5, 6, 0])).rejects.toThrow(RelayFenced);
    expect(await progress.published()).toEqual({ position: 5, last: [5, 0, 0] });
  });

  it('takes over at once from a relay that has stopped', async () => {
    const first = test.relay('first', { leaseMs: 60_000 });
    first.start();
    test.append('order-1');
    await relayed(1);
    await first.stop();
    test.relay('second', { leaseMs: 60_000 }).start();
    test.append('order-1');
    await relayed(2);
    expect(await row()).toEqual({ epoch: '2', owner: 'second' });
  });

  it('refuses another number of partitions than the first, and so does whoever reads', async () => {
    const first = test.relay('first');
    first.start();
    test.append('order-1');
    await relayed(1);
    await first.stop();
    const other = await testKafkaBus({ partitions: 5 });
    const parts = { databases: { get: () => test.database }, stores: { log: () => test.log } };
    await expect(other.bus({}, parts).subscribe(new Ledger().member(test.context, 'one'))).rejects.toThrow(WrongPartitions);
    const wrong = other.relay('wrong', {}, { database: test.database });
    wrong.start();
    await eventually(() => expect(wrong.failure).toMatchObject({ message: expect.stringContaining('set KAFKA_PARTITIONS=3') }));
    await wrong.stop();
    await other.close();
    expect(await published()).toMatchObject({ position: 1 });
  });

  it('makes a topic anew that was lost, and whoever has not read it gets it from the log', async () => {
    test.append(...streams(10));
    const first = test.relay('first');
    first.start();
    await relayed(10);
    await first.stop();
    await test.withAdmin((admin) => admin.deleteTopics({ topics: [test.topic] }));
    await eventually(async () => expect(await test.withAdmin((admin) => admin.listTopics())).not.toContain(test.topic));
    test.relay('second').start();
    test.append(...streams(5));
    await relayed(15);
    expect((await test.onTopic()).flat().length).toBeLessThan(15);
    expect((await readAll(15)).inverted()).toEqual([]);
  });
});

/** Kafka, with something between a relay and what it sends. */
function sending(kafka: Kafka, between: (send: () => Promise<unknown>, batch: Parameters<Producer['sendBatch']>[0]) => Promise<void>): Kafka {
  return {
    admin: () => kafka.admin(),
    producer: (options: Parameters<Kafka['producer']>[0]) => {
      const producer = kafka.producer(options);
      return {
        connect: () => producer.connect(),
        disconnect: () => producer.disconnect(),
        sendBatch: (batch: Parameters<Producer['sendBatch']>[0]) => between(() => producer.sendBatch(batch), batch),
      };
    },
  } as unknown as Kafka;
}
