import type { LoggedEvent } from '../event.js';

/** One event as a topic delivers it. */
export interface BusMessage {
  /** `<context>.events` */
  readonly topic: string;
  readonly partition: number;
  /** Place within the partition, increasing; informational, positions are what counts. */
  readonly offset: number;
  readonly event: LoggedEvent;
}

export interface SubscribeOptions {
  readonly context: string;
  /** Consumer group; each group gets every event. */
  readonly group: string;
  readonly partition: number;
  /** Position after which to start, asked once at start and after every failure. */
  readonly from: () => Promise<number>;
  /** Most messages in one batch. */
  readonly maxBatch: number;
  /** Shortest time between two batches in ms, so that small ones gather; 0 delivers at once. */
  readonly lingerMs: number;
  /**
   * For a consumer whose batches take long whatever their size: how many times as long as the last batch took to rest before the next, so that
   * more gather while the machine is busy. `hurried` counts while someone waits. A backlog is worked off without a rest. Default 0 and 0.
   */
  readonly rest?: { readonly calm: number; readonly hurried: number };
  /** Handles one batch, in order; a rejection makes the bus deliver it again from `from()`. */
  readonly onBatch: (messages: readonly BusMessage[]) => Promise<void>;
}

export interface Subscription {
  /** Delivers what there is at once instead of lingering. */
  hurry(): void;
  /** Stops intake and resolves when the batch in hand is done. */
  close(): Promise<void>;
}

/** Where published events are followed. Per stream in order, at least once; a consumer drops positions that it has passed. */
export abstract class EventBus {
  abstract partitions(context: string): number;
  abstract subscribe(options: SubscribeOptions): Promise<Subscription>;
}
