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
  /** Consumer group: its members share the partitions among them; each group gets every event. */
  readonly group: string;
  /**
   * Position after which to deliver in a partition: asked when this member is given the partition, and again after every failure there. Never twice at
   * once for the same partition.
   */
  readonly from: (partition: number) => Promise<number>;
  /** The partition is another member's now: nothing of it is delivered any more. */
  readonly lost?: (partition: number) => void;
  /** Most messages in one batch. */
  readonly maxBatch: number;
  /** Shortest time between two batches in ms, so that small ones gather; 0 delivers at once. */
  readonly lingerMs: number;
  /**
   * For a consumer whose batches take long whatever their size: how many times as long as the last batch took to rest before the next, so that
   * more gather while the machine is busy. `hurried` counts while someone waits. A backlog is worked off without a rest. Default 0 and 0.
   */
  readonly rest?: { readonly calm: number; readonly hurried: number };
  /**
   * Handles one batch, which may hold messages of several partitions: each partition's in order of position, none of them missing, none at or before
   * the position that `from` named. One batch at a time. A rejection makes the bus deliver it again, each partition from its `from`.
   */
  readonly onBatch: (messages: readonly BusMessage[]) => Promise<void>;
}

export interface Subscription {
  /** Delivers what there is at once instead of lingering. */
  hurry(): void;
  /** Asks `from` anew in a partition, if it is this member's, and delivers what comes after: for a consumer that has passed over what it was given there. */
  again(partition: number): void;
  /** Stops intake and resolves when the batch in hand is done. */
  close(): Promise<void>;
}

/** How much of a context's log its topic holds. */
export interface Published {
  /** Every position up to here has been published. */
  readonly position: number;
  /** By partition, the last position at or before `position` that is in it; 0 for none. */
  readonly last: readonly number[];
}

/** Where published events are followed. Per stream in order, at least once over a consumer's crashes. */
export abstract class EventBus {
  abstract partitions(context: string): number;
  /** The partition of every event of a stream, the same in every process and release. */
  abstract partitionOf(context: string, stream: string): number;
  abstract published(context: string): Promise<Published>;
  abstract subscribe(options: SubscribeOptions): Promise<Subscription>;
}
