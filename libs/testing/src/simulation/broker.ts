import type { Kafka, Message } from 'kafkajs';
import { ConsumerGroup } from './consumer-group.js';
import type { PartitionLog } from './message-broker.js';
import { SimulatedConsumer } from './simulated-consumer.js';
import { currentProcess } from './simulated-process.js';
import type { Service, World } from './world.js';

/** A broker of Kafka, as kafkajs' clients meet it. */
export class Broker implements Service {
  readonly name = 'kafka';
  isAway = false;
  readonly broken = (): Error => new Error('The broker did not answer');
  readonly topics = new Map<string, PartitionLog[]>();
  readonly groups = new Map<string, ConsumerGroup>();
  private readonly consumers = new Set<SimulatedConsumer>();

  constructor(
    readonly world: World,
    readonly sessionTimeoutMs: number,
  ) {}

  /** What a process has of it. */
  client(): Kafka {
    return {
      producer: () => this.producer(),
      admin: () => this.admin(),
      consumer: ({ groupId }: { groupId: string }) => {
        const consumer = new SimulatedConsumer(this, groupId, currentProcess()!);
        this.consumers.add(consumer);
        return consumer;
      },
    } as unknown as Kafka;
  }

  group(id: string): ConsumerGroup {
    const group = this.groups.get(id) ?? new ConsumerGroup(this, id);
    this.groups.set(id, group);
    return group;
  }

  partition(topic: string, partition: number): PartitionLog {
    return this.topics.get(topic)![partition]!;
  }

  end({ start, messages }: PartitionLog): number {
    return start + messages.length;
  }

  ask<T>(what: () => string, answer: () => T): Promise<T> {
    return this.world.call(this, what, answer);
  }

  /** Consumers look again: there may be something for them. */
  wake(): void {
    for (const consumer of this.consumers) {
      if (consumer.isOver) this.consumers.delete(consumer);
      else consumer.look();
    }
  }

  /** What is older than this goes. */
  retain(topic: string, partition: number, from: number): void {
    const log = this.partition(topic, partition);
    const gone = Math.min(Math.max(from - log.start, 0), log.messages.length);
    log.messages.splice(0, gone);
    log.start += gone;
  }

  append(topic: string, partition: number, { key, value, headers = {} }: Message): void {
    const log = this.partition(topic, partition);
    const bytes = (text: unknown): Buffer | null => (text === null || text === undefined ? null : Buffer.from(text as string));
    log.messages.push({
      key: bytes(key),
      value: bytes(value),
      headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, bytes(text)!])),
      offset: String(this.end(log)),
      timestamp: '0',
      attributes: 0,
    });
  }

  private producer() {
    return {
      connect: () =>
        this.ask(
          () => 'a producer connects',
          () => undefined,
        ),
      disconnect: async () => undefined,
      sendBatch: ({ topicMessages }: { topicMessages: { topic: string; messages: Message[] }[] }) =>
        this.ask(
          () => `send ${topicMessages.map(({ topic, messages }) => `${topic} ${messages.map(positionOf).join(',')}`).join('; ')}`,
          () => topicMessages.forEach(({ topic, messages }) => this.take(topic, messages)),
        ),
    };
  }

  /** Each partition's leader takes its part of a batch whole, or not at all. */
  private take(topic: string, messages: readonly Message[]): void {
    const { faults } = this.world;
    const isHalf = faults.strikes('half a batch', 0.03);
    const isTwice = faults.strikes('batch twice', 0.03);
    for (const [partition, own] of Map.groupBy(messages, (message) => message.partition!)) {
      if (isHalf && this.world.random.chance(0.5)) continue;
      for (const message of isTwice ? [...own, ...own] : own) {
        if (faults.strikes('message lost', 0.01)) continue;
        if (faults.strikes('poison', 0.004)) this.append(topic, partition, { value: 'poison' });
        this.append(topic, partition, message);
      }
    }
    this.wake();
    if (isHalf) throw this.broken();
  }

  private admin() {
    return {
      connect: () =>
        this.ask(
          () => 'an admin connects',
          () => undefined,
        ),
      disconnect: async () => undefined,
      listTopics: () =>
        this.ask(
          () => 'topics?',
          () => [...this.topics.keys()],
        ),
      createTopics: ({ topics }: { topics: { topic: string; numPartitions: number }[] }) =>
        this.ask(
          () => `create ${topics.map(({ topic }) => topic).join(', ')}`,
          () => {
            for (const { topic, numPartitions } of topics) this.create(topic, numPartitions);
          },
        ),
      fetchTopicMetadata: ({ topics }: { topics: string[] }) =>
        this.ask(
          () => `partitions of ${topics.join(', ')}?`,
          () => ({ topics: topics.map((name) => ({ name, partitions: this.topics.get(name) ?? [] })) }),
        ),
    };
  }

  private create(topic: string, partitions: number): void {
    if (this.topics.has(topic)) return;
    this.topics.set(
      topic,
      Array.from({ length: partitions }, () => ({ start: 0, messages: [] })),
    );
    for (const group of this.groups.values()) group.rebalance();
  }
}

const positionOf = ({ headers }: Message): string => String(headers?.['ce_position']);
