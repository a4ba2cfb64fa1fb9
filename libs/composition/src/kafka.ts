import { kafkaClient } from '@adapters/event-bus/src/kafka/kafka-client.js';
import { KafkaEventBus } from '@adapters/event-bus/src/kafka/kafka-event-bus.js';
import { TopicKeys } from '@adapters/event-bus/src/kafka/topic-keys.js';
import type { Databases } from '@adapters/event-store/src/context-database.js';
import { DeadLetterBox } from '@adapters/event-store/src/dead-letters/dead-letter-box.js';
import type { Engine } from '@adapters/runtime/src/health/readiness.js';
import type { EventStores } from '@kernel/ports/event-store.js';
import type { BrokersConfig, KafkaConfig } from './config/role-sections.js';

type Kafka = ReturnType<typeof kafkaClient>;

/** The one connection to Kafka of a process. */
export const kafkaOf = ({ brokers, instanceName, tls, sasl }: BrokersConfig & Partial<Pick<KafkaConfig, 'instanceName'>>, role: string): Kafka =>
  kafkaClient({
    brokers,
    clientId: `nebulocart-${role}`,
    ...(instanceName !== undefined && { instanceName }),
    ...(tls && { tls }),
    ...(sasl && { sasl: sasl as never }),
  });

/** The bus over Kafka; what is on a topic and no event of ours waits for an operator. */
export function kafkaBusOf(kafka: Kafka, { partitions, secrets }: KafkaConfig, databases: Databases, stores: EventStores): KafkaEventBus {
  const box = new DeadLetterBox(databases);
  return new KafkaEventBus({
    kafka,
    keys: new TopicKeys(secrets),
    stores,
    databases,
    partitions,
    onPoison: (poison) => box.keep(poison),
  });
}

/** Whether a process that lives by its topics is a member of the groups that read them. */
export const membership = (bus: () => KafkaEventBus | null): Engine => ({
  name: 'kafka',
  ping: async () => {
    const followed = bus();
    if (!followed) throw new Error('not started yet');
    await followed.ping();
  },
});
