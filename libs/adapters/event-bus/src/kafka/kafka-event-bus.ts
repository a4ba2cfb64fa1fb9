import { Injectable, Logger } from '@nestjs/common';
import type { Kafka } from 'kafkajs';
import { EventBus, type Published, type SubscribeOptions, type Subscription } from '@kernel/ports/event-bus.js';
import type { EventStores } from '@kernel/ports/event-store.js';
import { partitionOf } from '../partition.js';
import { KAFKA_BUS_DEFAULTS, type KafkaBusOptions, type PoisonMessage } from './kafka-bus-options.js';
import { KafkaSubscription } from './kafka-subscription.js';
import { RelayProgress, samePartitions, type RelayDatabase } from './relay-progress.js';
import type { TopicKeys } from './topic-keys.js';

export interface KafkaEventBusParts {
  readonly kafka: Kafka;
  /** Tell whose messages are believed. */
  readonly keys: TopicKeys;
  /** The logs that subscriptions fill gaps from. */
  readonly stores: Pick<EventStores, 'log'>;
  /** The contexts' databases, in which their relays keep how far they are. */
  readonly databases: { get(context: string): RelayDatabase };
  /** Partitions of every topic; the number that a context began with stands for good. */
  readonly partitions: number;
  /** Takes what is on a topic and no event; told again until it does not reject. Logged by default. */
  readonly onPoison?: (poison: PoisonMessage) => Promise<void>;
  readonly options?: Partial<KafkaBusOptions>;
}

/** The bus over Apache Kafka: relays fill the topics, consumer groups share their partitions. */
@Injectable()
export class KafkaEventBus extends EventBus {
  private readonly logger = new Logger(KafkaEventBus.name);
  private readonly options: KafkaBusOptions;
  private readonly progress = new Map<string, RelayProgress>();
  private readonly subscriptions = new Set<KafkaSubscription>();

  constructor(private readonly parts: KafkaEventBusParts) {
    super();
    this.options = { ...KAFKA_BUS_DEFAULTS, ...parts.options };
  }

  partitions(_context: string): number {
    return this.parts.partitions;
  }

  partitionOf(_context: string, stream: string): number {
    return partitionOf(stream, this.parts.partitions);
  }

  /** @throws WrongPartitions where the context began with another number of partitions than is configured */
  async published(context: string): Promise<Published> {
    const progress = this.progress.get(context) ?? new RelayProgress(this.parts.databases.get(context));
    this.progress.set(context, progress);
    const published = await progress.published();
    if (published) samePartitions(context, published.last.length, this.parts.partitions);
    return published ?? { position: 0, last: Array<number>(this.parts.partitions).fill(0) };
  }

  /** Resolves without waiting for Kafka. @throws WrongPartitions where the context began with another number of partitions than is configured */
  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    const { kafka, keys, stores, partitions, onPoison } = this.parts;
    await this.published(options.context);
    const parts = {
      kafka,
      keys,
      partitions,
      log: stores.log(options.context),
      published: () => this.published(options.context),
      onPoison: onPoison ?? (async (poison: PoisonMessage) => this.tell(poison)),
    };
    const subscription = new KafkaSubscription(parts, options, this.options).start();
    this.subscriptions.add(subscription);
    return subscription;
  }

  /** @throws Error unless something is followed here, by a member of its group */
  async ping(): Promise<void> {
    const missing = [...this.subscriptions].flatMap(({ missing: group }) => group ?? []);
    if (this.subscriptions.size === 0) throw new Error('nothing is followed yet');
    if (missing.length > 0) throw new Error(`not a member of ${missing.join(', ')}`);
  }

  private tell({ topic, partition, offset, reason }: PoisonMessage): void {
    this.logger.error(`the message at ${topic}/${partition}/${offset} is no event: ${reason}`);
  }
}
