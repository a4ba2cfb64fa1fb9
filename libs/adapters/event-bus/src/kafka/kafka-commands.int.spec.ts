import { eventually } from '@testing/eventually.js';
import { TestKafka } from '@testing/kafka.js';
import { commandOf, testKafkaCommands, type TestKafkaCommands } from '@testing/kafka-commands.js';

const WAIT_MS = 40_000;

describe('commands over Kafka', () => {
  let test: TestKafkaCommands;
  beforeEach(async () => void (test = await testKafkaCommands()));
  afterEach(() => test.close());

  const commands = (sagaId: string, ...numbers: number[]) => numbers.map((n) => commandOf(test.context, sagaId, n));
  const count = async (expected: number, ...receivers: { ids(): string[] }[]): Promise<string[]> =>
    eventually(() => {
      const ids = receivers.flatMap((each) => each.ids());
      expect(ids).toHaveLength(expected);
      return ids;
    }, WAIT_MS);

  it('come as they were sent, each saga’s in order, also what was sent before there was a receiver', async () => {
    const sender = test.transport();
    const sagas = ['a', 'b', 'c', 'd'];
    await Promise.all(sagas.map((saga) => sender.send(test.context, commands(saga, 1, 2))));
    const receiver = test.receiver();
    for (const n of [3, 4, 5]) await Promise.all(sagas.map((saga) => sender.send(test.context, commands(saga, n))));
    await count(20, receiver);
    for (const saga of sagas) expect(receiver.commands().filter(({ sagaId }) => sagaId === saga)).toEqual(commands(saga, 1, 2, 3, 4, 5));
  });

  it('that cannot be read come as poison, once, and hold nobody up', async () => {
    const producer = test.kafka.producer();
    await producer.connect();
    await producer.send({
      topic: test.topic,
      messages: [{ key: 'a', value: 'not JSON', headers: { ce_id: 'x', who: ['b', 'c'] } }, { value: null }],
    });
    await producer.disconnect();
    const [first, sender] = [test.receiver(), test.transport()];
    await sender.send(test.context, commands('a', 1, 2));
    await count(2, first);
    await eventually(() => expect(first.poison()).toHaveLength(2), WAIT_MS);
    const place = { context: test.context, topic: test.topic, group: test.topic, offset: '0' };
    const read = { ...place, key: 'a', value: Buffer.from('not JSON'), headers: { ce_id: 'x', who: 'b, c' }, reason: 'ce_specversion is missing' };
    expect(first.poison().find(({ key }) => key === 'a')).toEqual({ ...read, partition: expect.any(Number) });
    await first.close();
    const second = test.receiver();
    await sender.send(test.context, commands('a', 3));
    await count(1, second);
    expect(second.poison()).toEqual([]);
  });

  it('come again for as long as they cannot be kept, and are lost with nobody', async () => {
    let away = 3;
    const receiver = test.receiver(async () => {
      if (away-- > 0) throw new Error('the database is away');
    });
    const sender = test.transport();
    await sender.send(test.context, commands('a', 1, 2, 3));
    expect(await count(3, receiver)).toEqual(commands('a', 1, 2, 3).map(({ id }) => id));
    expect(test.errors.map(String)).toEqual(Array(3).fill('Error: the database is away'));
  });

  it('come again where a receiver ended before it could keep them', async () => {
    const failing = test.receiver(() => Promise.reject(new Error('never kept')));
    await test.transport().send(test.context, commands('a', 1, 2));
    await eventually(() => expect(test.errors.length).toBeGreaterThan(1), WAIT_MS);
    await failing.close();
    await count(2, test.receiver());
  });

  it('come again where a receiver kept them and ended before it could tell', async () => {
    const first = test.receiver();
    await test.transport().send(test.context, commands('a', 1, 2));
    await count(2, first);
    await first.close();
    // As if what was kept had not been committed.
    const admin = test.kafka.admin();
    await admin.connect();
    await admin.resetOffsets({ groupId: test.topic, topic: test.topic, earliest: true });
    await admin.disconnect();
    expect(await count(2, test.receiver())).toEqual(first.ids());
  });

  it('are shared by receivers, and go to those that are left', async () => {
    const sender = test.transport();
    const [first, second] = [test.receiver(), test.receiver()];
    const sagas = Array.from({ length: 30 }, (_, n) => `s-${n}`);
    await eventually(async () => {
      await sender.send(
        test.context,
        sagas.flatMap((saga) => commands(saga, 1)),
      );
      expect([first.ids().length, second.ids().length].every((n) => n > 0)).toBe(true);
    }, WAIT_MS);
    await first.close();
    const before = second.ids().length;
    await sender.send(
      test.context,
      sagas.flatMap((saga) => commands(saga, 2)),
    );
    await eventually(() => expect(new Set(second.ids().slice(before)).size).toBeGreaterThanOrEqual(30), WAIT_MS);
  });

  it('wait for topics that are still to be made', async () => {
    const late = await testKafkaCommands({ topics: false });
    try {
      const receiver = late.receiver();
      const sender = late.transport();
      await expect(sender.send(late.context, [commandOf(late.context, 'a', 1)])).rejects.toThrow('topic');
      await eventually(() => expect(late.errors.length).toBeGreaterThan(0), WAIT_MS);
      await late.makeTopics();
      await eventually(() => sender.send(late.context, [commandOf(late.context, 'a', 1)]), WAIT_MS);
      await eventually(() => expect(receiver.ids()).toContain('saga-errand-a/1.1'), WAIT_MS);
    } finally {
      await late.close();
    }
  }, 90_000);
});

describe('commands over a broker that dies', () => {
  it('are sent and received when it is back, none lost and each saga’s in order', async () => {
    const broker = await TestKafka.start();
    const test = await testKafkaCommands({ brokers: broker.brokers, partitions: 1 });
    try {
      const [sender, receiver] = [test.transport(), test.receiver()];
      const send = (n: number) => sender.send(test.context, [commandOf(test.context, 'a', n)]);
      await send(1);
      await eventually(() => expect(receiver.ids()).toHaveLength(1), WAIT_MS);
      await broker.kill();
      await expect(send(2)).rejects.toThrow();
      await broker.restart();
      await eventually(() => send(2), WAIT_MS);
      await send(3);
      await eventually(() => expect(receiver.ids()).toContain('saga-errand-a/3.1'), WAIT_MS);
      expect([...new Set(receiver.ids())]).toEqual([1, 2, 3].map((n) => `saga-errand-a/${n}.1`));
    } finally {
      await test.close();
      await broker.drop();
    }
  }, 120_000);
});
