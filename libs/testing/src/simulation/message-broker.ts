import type { KafkaMessage } from 'kafkajs';
import type { SimulatedProcess } from './simulated-process.js';
import type { World } from './world.js';

/** One partition of a topic: messages by offset, of which the oldest go. */
export interface PartitionLog {
  start: number;
  readonly messages: KafkaMessage[];
}

/** Of a broker, what its groups and their members go by. */
export interface MessageBroker {
  readonly world: World;
  readonly sessionTimeoutMs: number;
  readonly isAway: boolean;
  readonly topics: ReadonlyMap<string, readonly PartitionLog[]>;
  partition(topic: string, partition: number): PartitionLog;
  /** The offset that the next message will get. */
  end(log: PartitionLog): number;
  ask<T>(what: () => string, answer: () => T): Promise<T>;
}

/** Of a consumer, what its group goes by. */
export interface GroupConsumer {
  readonly process: SimulatedProcess;
  assigned(memberId: string, generation: number, partitions: readonly number[]): void;
}
