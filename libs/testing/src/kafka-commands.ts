import { randomBytes } from 'node:crypto';
import { kafkaClient } from '@adapters/event-bus/src/kafka/kafka-client.js';
import { KafkaCommands } from '@adapters/event-bus/src/kafka/kafka-commands.js';
import { makeTopics } from '@adapters/event-bus/src/kafka/topics.js';
import type { ReceivedBatch, Reception, TravellingCommand } from '@kernel/ports/command-transport.js';
import { sharedKafka } from './kafka.js';
import { TEST_KEYS } from './topic-keys.js';

/** A command of the errand `sagaId`. */
export const commandOf = (target: string, sagaId: string, n: number, more: Partial<TravellingCommand> = {}): TravellingCommand => ({
  id: `saga-errand-${sagaId}/${n}.1`,
  source: 'ordering',
  saga: 'errand',
  sagaId,
  target,
  name: 'RaiseTally',
  data: `{"n":${n}}`,
  actor: null,
  correlationId: '01890a5d-ac96-774b-bcce-b302099a8057',
  causationId: '01890a5d-ac96-774b-bcce-b302099a8058',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  ...more,
});

/** The commands of one context over real Kafka; its name is its own, because specs share a broker. */
export async function testKafkaCommands({ partitions = 3, brokers = [] as readonly string[], topics = true } = {}) {
  const context = `shop_${randomBytes(6).toString('hex')}`;
  const kafka = kafkaClient({ brokers: brokers.length > 0 ? brokers : (await sharedKafka()).brokers, clientId: 'test' });
  const transports: KafkaCommands[] = [];
  const errors: unknown[] = [];
  const make = () => makeTopics(kafka, context, { partitions, replication: 1 });
  if (topics) await make();
  /** As another process would have it. */
  const transport = (): KafkaCommands => {
    const made = new KafkaCommands(kafka, TEST_KEYS);
    transports.push(made);
    return made;
  };
  return {
    context,
    kafka,
    errors,
    topic: `${context}.commands`,
    makeTopics: make,
    transport,
    /** One more receiver, and what it took in. */
    receiver: (onBatch: (batch: ReceivedBatch) => Promise<void> = () => Promise.resolve()) => {
      const kept: ReceivedBatch[] = [];
      const reception: Reception = transport().receive({
        context,
        onBatch: async (batch) => {
          await onBatch(batch);
          kept.push(batch);
        },
        onError: (error) => errors.push(error),
      });
      return {
        ids: () => kept.flatMap(({ commands }) => commands.map(({ id }) => id)),
        commands: () => kept.flatMap(({ commands }) => commands),
        poison: () => kept.flatMap(({ poison }) => poison),
        close: () => reception.close(),
      };
    },
    close: async () => {
      await Promise.all(transports.map((each) => each.close()));
      const admin = kafka.admin();
      await admin
        .connect()
        .then(() => admin.deleteTopics({ topics: [`${context}.events`, `${context}.commands`] }))
        .catch(() => undefined);
      await admin.disconnect().catch(() => undefined);
    },
  };
}

export type TestKafkaCommands = Awaited<ReturnType<typeof testKafkaCommands>>;
