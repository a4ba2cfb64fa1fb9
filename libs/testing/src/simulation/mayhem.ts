import type { Fault } from './faults.js';
import type { Station } from './fleet.js';
import type { Engines } from './roles.js';

/** Everything that befalls a world from outside of its requests, each in its own time. */
export class Mayhem {
  constructor(
    private readonly engines: Engines,
    private readonly stations: readonly Station[],
    private readonly projectors: readonly Station[],
    private readonly closeGate: () => void,
  ) {}

  start(): void {
    const { broker, postgres, clickhouse } = this.engines;
    const any = (): Station => this.random.oneOf(this.random.chance(0.6) ? this.projectors : this.stations);
    this.nowAndThen('crash', 1_000, () => any().crash());
    this.nowAndThen('freeze', 900, () => any().freeze());
    this.nowAndThen('clock jump', 1_500, () => any().jumpClock());
    this.nowAndThen('clean restart', 2_000, () => any().restart());
    this.nowAndThen('postgres away', 2_500, () => this.takeAway(postgres));
    this.nowAndThen('clickhouse away', 2_000, () => this.takeAway(clickhouse));
    this.nowAndThen('kafka away', 2_500, () => this.takeAway(broker));
    this.nowAndThen('expelled member', 900, () => this.expel());
    this.nowAndThen('retention', 900, () => this.cut());
    this.nowAndThen('gate closed', 2_000, () => this.closeGate());
  }

  private get random() {
    return this.engines.world.random;
  }

  /** Again and again, at random, so often on average where a schedule has as many of it as most do. */
  private nowAndThen(fault: Fault, everyMs: number, strike: () => void): void {
    const { scheduler, faults } = this.engines.world;
    const rate = faults.rate(fault);
    if (rate === 0) return;
    scheduler.after((-Math.log(1 - this.random.next()) * everyMs) / rate, null, () => {
      if (faults.isOver) return;
      faults.count(fault);
      strike();
      this.nowAndThen(fault, everyMs, strike);
    });
  }

  private takeAway(service: { readonly name: string; isAway: boolean }): void {
    const { world, broker } = this.engines;
    service.isAway = true;
    world.tell(() => `${service.name} is away`);
    world.scheduler.after(this.random.from(20, 1_800), null, () => {
      service.isAway = false;
      world.tell(() => `${service.name} is back`);
      broker.wake();
    });
  }

  private expel(): void {
    const groups = [...this.engines.broker.groups.values()];
    if (groups.length > 0) this.random.oneOf(groups).expelAny();
  }

  private cut(): void {
    const { broker, world } = this.engines;
    const topics = [...broker.topics].filter(([topic]) => topic.endsWith('.events'));
    if (topics.length === 0) return;
    const [topic, partitions] = this.random.oneOf(topics);
    const partition = this.random.below(partitions.length);
    const { start, messages } = partitions[partition]!;
    const from = start + this.random.below(messages.length + 1);
    world.tell(() => `${topic}/${partition} keeps nothing before ${from}`);
    broker.retain(topic, partition, from);
  }
}
