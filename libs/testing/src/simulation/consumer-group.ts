import type { GroupConsumer, MessageBroker } from './message-broker.js';

interface Member {
  readonly id: string;
  readonly consumer: GroupConsumer;
  lastBeat: number;
}

/** A group of consumers of one topic, that share its partitions: as the broker believes, which its members hear of each in its own time. */
export class ConsumerGroup {
  readonly committed = new Map<number, number>();
  private readonly members = new Map<string, Member>();
  private generation = 0;
  private joined = 0;
  private isRebalancing = false;

  constructor(
    private readonly broker: MessageBroker,
    readonly id: string,
  ) {}

  /** A new member; its id, which it asks for its share with. */
  join(consumer: GroupConsumer): string {
    this.joined += 1;
    const id = `${this.id}-${this.joined}`;
    const member = { id, consumer, lastBeat: this.now };
    this.members.set(id, member);
    this.watch(member);
    return id;
  }

  leave(id: string): void {
    if (this.members.delete(id)) this.rebalance();
  }

  /** Whether the member is one still. */
  beat(id: string): boolean {
    const member = this.members.get(id);
    if (member) member.lastBeat = this.now;
    return member !== undefined;
  }

  /** Takes a member for dead, which it need not be, and does not tell it. */
  expelAny(): void {
    const ids = [...this.members.keys()];
    if (ids.length > 0) this.leave(this.broker.world.random.oneOf(ids));
  }

  /** Shares the partitions out anew, in a moment. */
  rebalance(): void {
    if (this.isRebalancing) return;
    this.isRebalancing = true;
    this.broker.world.scheduler.after(this.broker.world.random.from(5, 300), null, () => {
      this.isRebalancing = false;
      this.share();
    });
  }

  private get now(): number {
    return this.broker.world.scheduler.now;
  }

  private watch(member: Member): void {
    const left = member.lastBeat + this.broker.sessionTimeoutMs - this.now;
    this.broker.world.scheduler.after(Math.max(left, 1), null, () => {
      if (!this.members.has(member.id)) return;
      if (this.broker.isAway) member.lastBeat = this.now;
      if (member.lastBeat + this.broker.sessionTimeoutMs > this.now) return this.watch(member);
      this.broker.world.tell(() => `kafka takes ${member.id} (${member.consumer.process.name}) for dead`, 'world');
      this.leave(member.id);
    });
  }

  private share(): void {
    const { world } = this.broker;
    const members = world.random.shuffled([...this.members.values()]);
    this.generation += 1;
    const { generation } = this;
    const total = this.broker.topics.get(this.topic)?.length ?? 0;
    for (const [index, { id, consumer }] of members.entries()) {
      const own = Array.from({ length: total }, (_, partition) => partition).filter((partition) => partition % members.length === index);
      if (world.faults.strikes('rebalance unheard', 0.05)) {
        // It hears of the next one, after all, since nobody gets by without heartbeats.
        world.scheduler.after(this.broker.sessionTimeoutMs, null, () => this.rebalance());
        continue;
      }
      world.scheduler.after(world.latency(), consumer.process, () => consumer.assigned(id, generation, own));
    }
  }

  get topic(): string {
    return `${this.id.split('.').at(-1)}.events`;
  }
}
