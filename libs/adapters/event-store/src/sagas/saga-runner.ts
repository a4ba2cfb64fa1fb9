import type { BusMessage, EventBus, SubscribeOptions, Subscription } from '@kernel/ports/event-bus.js';
import { StaleCheckpoint } from '@kernel/ports/event-store.js';
import { isUnavailable } from '@kernel/refusal.js';
import type { CheckpointMove } from '@kernel/ports/saga-writes.js';
import { receivedEvent, type Addressed, type SagaDefinitions } from './saga-definitions.js';
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
    /** Rest after a batch, as a multiple of what it took. */
    private readonly rest: NonNullable<SubscribeOptions['rest']>,
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
      const added = new PartitionReader({ consumer, context, partition }, this.store);
      readers.set(partition, added);
      return added;
    };
    return this.bus.subscribe({
      context,
      group: `${GROUP}.${this.store.context}`,
      from: (partition) => reader(partition).from(),
      maxBatch: MAX_BATCH,
      lingerMs: 0,
      rest: this.rest,
      onBatch: (messages) =>
        this.read([...Map.groupBy(messages, ({ partition }) => partition)].map(([partition, own]) => ({ reader: reader(partition), own }))),
    });
  }

  /** What several partitions have brought is one transaction, with a checkpoint of each. */
  private async read(parts: readonly Part[]): Promise<void> {
    for (let left = parts; left.length > 0; left = left.filter(({ reader, own }) => !reader.hasSeen(own))) {
      try {
        await this.advance(left);
      } catch (error) {
        if (error instanceof StaleCheckpoint) await catchUp(left, error);
        else if (left.length === 1 || isUnavailable(error)) throw error;
        else await this.readApart(left);
      }
    }
  }

  /** So that what cannot be stored of one partition is not in the way of what is in hand of others. @throws what the first that failed did, when all have had their turn */
  private async readApart(parts: readonly Part[]): Promise<void> {
    const failures: unknown[] = [];
    for (const part of parts) await this.read([part]).catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }

  private async advance(parts: readonly Part[]): Promise<void> {
    const begun = parts.map(({ reader, own }) => ({ reader, move: reader.moveTo(own), addressed: this.addressed(reader.fresh(own)) }));
    const far = begun.filter(({ move }) => move.to - move.from >= LAZY_POSITIONS);
    const moving = begun.filter((one) => one.addressed.length > 0 || far.includes(one));
    const addressed = begun.flatMap((one) => one.addressed);
    const { isEmpty } = await this.steps.handle(addressed, { checkpoints: moves(moving) });
    if (isEmpty && far.length > 0) await this.store.write({ streams: [], writes: {} }, moves(far));
    for (const { reader, move } of begun) reader.seen(move.to);
    for (const { reader, move } of isEmpty ? far : moving) reader.stored(move.to);
  }

  private addressed(messages: readonly BusMessage[]): Addressed[] {
    return messages.flatMap(({ event }) => this.definitions.address(receivedEvent(event)));
  }
}

const moves = (parts: readonly { readonly move: CheckpointMove }[]): CheckpointMove[] => parts.map(({ move }) => move);

/** What one partition brings. */
interface Part {
  readonly reader: PartitionReader;
  readonly own: readonly BusMessage[];
}

/** Another runner was faster: what it has read is done. */
async function catchUp(parts: readonly Part[], error: StaleCheckpoint): Promise<void> {
  const moved = await Promise.all(parts.map(({ reader }) => reader.catchUp()));
  // Taken back by hand, say: the bus delivers again from there.
  if (moved.some((by) => by < 0) || moved.every((by) => by === 0)) throw error;
}

/** One partition, read on from its checkpoint, which moves with the steps that its messages lead to. */
class PartitionReader {
  /** Where the checkpoint stands, and how far was read: in between is nothing for any saga. */
  private checkpoint = 0;
  private position = 0;

  constructor(
    private readonly place: Pick<CheckpointMove, 'consumer' | 'context' | 'partition'>,
    private readonly store: SagaStore,
  ) {}

  async from(): Promise<number> {
    this.checkpoint = await this.store.checkpoint(this.place);
    this.position = this.checkpoint;
    return this.checkpoint;
  }

  /** How far the checkpoint has been moved by others. */
  async catchUp(): Promise<number> {
    const before = this.checkpoint;
    return (await this.from()) - before;
  }

  hasSeen(messages: readonly BusMessage[]): boolean {
    return this.position >= messages.at(-1)!.event.position;
  }

  fresh(messages: readonly BusMessage[]): BusMessage[] {
    return messages.filter(({ event }) => event.position > this.position);
  }

  moveTo(messages: readonly BusMessage[]): CheckpointMove {
    return { ...this.place, from: this.checkpoint, to: messages.at(-1)!.event.position };
  }

  seen(position: number): void {
    this.position = position;
  }

  stored(position: number): void {
    this.checkpoint = position;
  }
}
