import { eventually } from '@testing/eventually.js';
import { TestKafka } from '@testing/kafka.js';
import { testSagas, type TestSagas } from '@testing/sagas.js';
import { TEST_KEYS } from '@testing/topic-keys.js';
import { kafkaClient } from './kafka-client.js';
import { KafkaCommands } from './kafka-commands.js';
import { makeTopics } from './topics.js';

const WAIT_MS = 60_000;

/** Sagas and those who carry out their commands, with a broker between them that has its own life. */
describe('sagas over Kafka', () => {
  let broker: TestKafka;
  let test: TestSagas;
  let transports: KafkaCommands[];
  beforeEach(async () => {
    [broker, test] = await Promise.all([TestKafka.start(), testSagas()]);
    transports = [];
    await makeTopics(kafka(), 'catalog', { partitions: 4, replication: 1 });
  });
  afterEach(async () => {
    await test.close();
    await Promise.all(transports.map((transport) => transport.close()));
    await broker.drop();
  });

  const kafka = () => kafkaClient({ brokers: broker.brokers, clientId: 'test' });
  /** As another process would have it. */
  const transport = (): KafkaCommands => {
    const made = new KafkaCommands(kafka(), TEST_KEYS);
    transports.push(made);
    return made;
  };
  const ended = (count: number) => eventually(async () => expect(await test.count(`ordering.saga where status = 'ended'`)).toBe(count), WAIT_MS);
  const raised = async (): Promise<string[]> =>
    (await test.stores.store('catalog').read('tally-tally')).map(({ data }) => (JSON.parse(data) as { errandId: string }).errandId).toSorted();

  it('have each command carried out once, by two runners and two receivers of which one leaves, over the death of the broker', async () => {
    await test.engine({}, { transport: transport() });
    await test.engine({}, { transport: transport() });
    const leaving = test.reception(transport());
    test.reception(transport());
    const ids = Array.from({ length: 60 }, (_, n) => `e-${String(n).padStart(2, '0')}`);
    const begin = (some: string[]) => Promise.all(some.map((id) => test.begin(id)));
    await begin(ids.slice(0, 20));
    await ended(20);
    await broker.kill();
    await begin(ids.slice(20, 40));
    await eventually(async () => expect(await test.count(`ordering.command_outbox where error like 'not sent: %'`)).toBeGreaterThan(0), WAIT_MS);
    await broker.restart();
    await ended(40);
    await leaving.stop();
    await begin(ids.slice(40));
    await ended(60);
    expect(await raised()).toEqual(ids);
    await eventually(async () => expect([await test.count('ordering.command_outbox'), await test.count('catalog.command_inbox')]).toEqual([0, 0]));
    expect(await test.count('ordering.command_outbox where parked')).toBe(0);
  }, 180_000);
});
