import type { KafkaMessage } from 'kafkajs';
import type { ConsumerGroup } from './consumer-group.js';
import type { MessageBroker } from './message-broker.js';
import type { SimulatedProcess } from './simulated-process.js';

type Listener = (event: { payload: unknown }) => void;
type EachBatch = (payload: { batch: { topic: string; partition: number; highWatermark: string; messages: KafkaMessage[] } }) => Promise<void>;

const EVENTS = { GROUP_JOIN: 'group-join', HEARTBEAT: 'heartbeat', CRASH: 'crash' } as const;
const BEATS_PER_SESSION = 3;

/** A consumer as kafkajs has it: it fetches what it believes to be its own, from the offsets that it keeps. */
export class SimulatedConsumer {
  readonly events = EVENTS;
  private readonly listeners = new Map<string, Listener>();
  private readonly paused = new Set<number>();
  /** Partitions that are its own, as far as it knows, and the next offset of each. */
  private readonly offsets = new Map<number, number>();
  private eachBatch: EachBatch | null = null;
  private memberId = '';
  private generation = 0;
  private isFetching = false;
  private isClosed = false;

  constructor(
    private readonly broker: MessageBroker & { group(id: string): ConsumerGroup },
    private readonly groupId: string,
    readonly process: SimulatedProcess,
  ) {}

  get isOver(): boolean {
    return this.isClosed || this.process.isDead;
  }

  on(event: string, listener: Listener): void {
    this.listeners.set(event, listener);
  }

  connect(): Promise<void> {
    return this.broker.ask(
      () => `a consumer of ${this.groupId} connects`,
      () => undefined,
    );
  }

  async subscribe(): Promise<void> {
    return undefined;
  }

  async run({ eachBatch }: { eachBatch: EachBatch }): Promise<void> {
    this.eachBatch = eachBatch;
    await this.join();
    this.beat();
  }

  pause([{ partitions }]: [{ partitions: number[] }]): void {
    for (const partition of partitions) this.paused.add(partition);
  }

  resume([{ partitions }]: [{ partitions: number[] }]): void {
    for (const partition of partitions) this.paused.delete(partition);
    this.look();
  }

  commitOffsets(offsets: readonly { partition: number; offset: string }[]): Promise<void> {
    return this.broker.ask(
      () => `${this.groupId} commits`,
      () => offsets.forEach(({ partition, offset }) => this.group.committed.set(partition, Number(offset))),
    );
  }

  async disconnect(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.broker.ask(
      () => `${this.memberId} leaves`,
      () => this.group.leave(this.memberId),
    );
  }

  /** The group's word, which comes when it comes; an older one than what it has heard is no news. */
  assigned(memberId: string, generation: number, partitions: readonly number[]): void {
    if (this.isOver || memberId !== this.memberId || generation <= this.generation) return;
    this.generation = generation;
    for (const partition of this.offsets.keys()) if (!partitions.includes(partition)) this.offsets.delete(partition);
    for (const partition of partitions) if (!this.offsets.has(partition)) this.offsets.set(partition, this.firstOffset(partition));
    this.broker.world.tell(() => `${memberId} has ${partitions.join(',') || 'nothing'} in generation ${generation}`);
    this.emit(EVENTS.GROUP_JOIN, { memberId, memberAssignment: { [this.group.topic]: [...partitions] } });
    this.look();
  }

  /** kafkajs gives up. */
  crash(): void {
    this.emit(EVENTS.CRASH, { error: new Error('the consumer crashed') });
  }

  /** Fetches, if there is anything for it that it does not fetch already. */
  look(): void {
    if (this.isFetching || this.isOver || this.broker.isAway || !this.eachBatch || this.fetchable().length === 0) return;
    this.isFetching = true;
    this.broker.world.scheduler.after(this.broker.world.latency(), this.process, () => void this.fetch());
  }

  private get group() {
    return this.broker.group(this.groupId);
  }

  private async join(): Promise<void> {
    this.memberId = await this.broker.ask(
      () => `a consumer joins ${this.groupId}`,
      () => (this.isClosed ? '' : this.group.join(this)),
    );
    this.generation = 0;
    this.group.rebalance();
  }

  private beat(): void {
    this.process.after(this.broker.sessionTimeoutMs / BEATS_PER_SESSION, () => {
      if (this.isClosed) return;
      this.beat();
      void this.stay();
    });
  }

  private async stay(): Promise<void> {
    if (this.broker.isAway) return;
    if (this.broker.world.faults.strikes('consumer error', 0.004)) return this.crash();
    if (this.group.beat(this.memberId)) return this.emit(EVENTS.HEARTBEAT, {});
    await this.join().catch(() => this.crash());
  }

  /** Where reading begins: where the group had come to, mostly. */
  private firstOffset(partition: number): number {
    const { world } = this.broker;
    const log = this.broker.partition(this.group.topic, partition);
    const committed = this.group.committed.get(partition) ?? 0;
    if (world.faults.strikes('older offset', 0.1)) return world.random.below(committed + 1);
    if (world.faults.strikes('offset at the end', 0.05)) return this.broker.end(log);
    return committed;
  }

  private fetchable(): number[] {
    return [...this.offsets]
      .filter(([partition, offset]) => !this.paused.has(partition) && offset < this.broker.end(this.broker.partition(this.group.topic, partition)))
      .map(([partition]) => partition);
  }

  private async fetch(): Promise<void> {
    const ready = this.isOver || this.broker.isAway ? [] : this.fetchable();
    if (ready.length > 0) await this.deliver(this.broker.world.random.oneOf(ready));
    this.isFetching = false;
    if (ready.length > 0) this.look();
  }

  private async deliver(partition: number): Promise<void> {
    const { topic } = this.group;
    const log = this.broker.partition(topic, partition);
    // What retention has taken is passed over without a word.
    const from = Math.max(this.offsets.get(partition)!, log.start) - log.start;
    const messages = log.messages.slice(from, from + this.broker.world.random.from(1, 30));
    if (messages.length === 0) return;
    this.offsets.set(partition, Number(messages.at(-1)!.offset) + 1);
    await this.eachBatch!({ batch: { topic, partition, highWatermark: String(this.broker.end(log)), messages } });
  }

  private emit(event: string, payload: unknown): void {
    if (!this.isOver) this.listeners.get(event)?.({ payload });
  }
}
