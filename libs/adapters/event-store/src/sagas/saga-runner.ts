import type { BusMessage, EventBus, Subscription } from '@kernel/ports/event-bus.js';
import { StaleCheckpoint } from '@kernel/ports/event-store.js';
import { receivedEvent, type SagaDefinitions } from './saga-definitions.js';
import type { SagaSteps } from './saga-steps.js';
import type { SagaStore } from './saga-store.js';

/** The consumer group. */
const GROUP = 'sagas';
const MAX_BATCH = 500;
/** Positions without a message for any saga after which the checkpoint is moved all the same: as many are read again after a crash. */
const LAZY_POSITIONS = 2_000;

/**
 * The name under which checkpoints are kept. A partition of one number of partitions is not that of another: taken for it, it would pass over what the
 * others had not read. What is read again is done already.
 */
const consumerOf = (partitions: number): string => (partitions === 1 ? GROUP : `${GROUP}/${partitions}`);

/** Brings events to the sagas of one context: a subscription to each context that they listen to. */
export class SagaRunner {
  private subscriptions: Subscription[] = [];

  constructor(
    private readonly definitions: SagaDefinitions,
    private readonly store: SagaStore,
    private readonly steps: SagaSteps,
    private readonly bus: EventBus,
  ) {}

  async start(): Promise<void> {
    this.subscriptions = await Promise.all(this.definitions.contexts().map((context) => this.follow(context)));
  }

  /** Resolves when the batches in hand are stored. */
  async stop(): Promise<void> {
    await Promise.all(this.subscriptions.map((subscription) => subscription.close()));
    this.subscriptions = [];
  }

  private follow(context: string): Promise<Subscription> {
    const readers = new Map<number, PartitionReader>();
    const consumer = consumerOf(this.bus.partitions(context));
    const reader = (partition: number): PartitionReader => {
      const known = readers.get(partition);
      if (known) return known;
      const added = new PartitionReader({ consumer, context, partition }, this.definitions, this.store, this.steps);
      readers.set(partition, added);
      return added;
    };
    return this.bus.subscribe({
      context,
      group: `${GROUP}.${this.store.context}`,
      from: (partition) => reader(partition).from(),
      maxBatch: MAX_BATCH,
      lingerMs: 0,
      onBatch: async (messages) => {
        for (const [partition, own] of Map.groupBy(messages, (message) => message.partition)) await reader(partition).read(own);
      },
    });
  }
}

/** One partition, read on from its checkpoint, which moves with the steps that its messages lead to. */
class PartitionReader {
  /** Where the checkpoint stands, and how far was read: in between is nothing for any saga. */
  private stored = 0;
  private seen = 0;

  constructor(
    private readonly place: { readonly consumer: string; readonly context: string; readonly partition: number },
    private readonly definitions: SagaDefinitions,
    private readonly store: SagaStore,
    private readonly steps: SagaSteps,
  ) {}

  async from(): Promise<number> {
    this.stored = await this.store.checkpoint(this.place);
    this.seen = this.stored;
    return this.stored;
  }

  async read(messages: readonly BusMessage[]): Promise<void> {
    const last = messages.at(-1)!.event.position;
    while (this.seen < last) {
      try {
        await this.advance(messages, last);
      } catch (error) {
        if (!(error instanceof StaleCheckpoint)) throw error;
        await this.catchUp(error);
      }
    }
  }

  private async advance(messages: readonly BusMessage[], last: number): Promise<void> {
    const fresh = messages.filter(({ event }) => event.position > this.seen);
    const addressed = fresh.flatMap(({ event }) => this.definitions.address(receivedEvent(event)));
    const checkpoint = { ...this.place, from: this.stored, to: last };
    const { isEmpty } = await this.steps.handle(addressed, { checkpoint });
    if (!isEmpty) this.stored = last;
    else if (last - this.stored >= LAZY_POSITIONS) {
      await this.store.write({ streams: [], writes: {} }, checkpoint);
      this.stored = last;
    }
    this.seen = last;
  }

  /** Another runner was faster: what it has read is done. */
  private async catchUp(error: StaleCheckpoint): Promise<void> {
    const before = this.stored;
    await this.from();
    // Taken back by hand, say: the bus delivers again from there.
    if (this.stored <= before) throw error;
  }
}
