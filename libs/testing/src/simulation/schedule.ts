import { fulfilment } from '@contexts/ordering/src/sagas/fulfil-order.saga.js';
import { takingBack } from '@contexts/ordering/src/sagas/take-back-goods.saga.js';
import type { LoggedEvent } from '@kernel/event.js';
import { MemoryLog, MemoryLogs } from '../memory-log.js';
import { expectAtRest, expectSound } from '../saga-world-invariants.js';
import { STORIES, type Token } from '../saga-world-provider.js';
import type { Recorded } from '../saga-world-store.js';
import { SagaWorld, type Scenario } from '../saga-world.js';
import { Broker } from './broker.js';
import { Checkpoints } from './checkpoints.js';
import type { Fault } from './faults.js';
import { newProcess, Station } from './fleet.js';
import { GateKeeper } from './gate-keeper.js';
import { Invariants } from './invariants.js';
import { LandingTables } from './landing-tables.js';
import { LedgerStore } from './ledger-store.js';
import { Mayhem } from './mayhem.js';
import type { Random } from './random.js';
import { figures } from './read-model.js';
import { RelayRow } from './relay-row.js';
import { projector, relay, sagaRunner, SESSION_MS, type Engines } from './roles.js';
import type { SimulatedProcess } from './simulated-process.js';
import { World, type Service } from './world.js';

export interface Verdict {
  readonly seed: number;
  /** What was wrong; null where nothing was. */
  readonly violation: string | null;
  readonly trace: readonly string[];
  /** Over everything that happened, and when: the same for the same seed. */
  readonly fingerprint: number;
  readonly faults: ReadonlyMap<Fault, number>;
  readonly events: number;
  readonly steps: number;
  /** How long it took in its own time, ms. */
  readonly lasted: number;
}

const CONTEXTS = ['ordering', 'catalog'] as const;
/** Faults end after this long, ms. */
const MAYHEM_MS = 6_500;
/** What has not come to rest so long after the last fault never does, ms. */
const PATIENCE_MS = 100_000;

/** One world, from its seed to its end. */
export class Schedule {
  readonly world: World;
  private readonly shop: SagaWorld;
  private readonly shopProcess: SimulatedProcess;
  private readonly engines: Engines;
  private readonly stations: readonly Station[];
  private readonly mayhem: Mayhem;
  private readonly invariants: Invariants;
  /** Events on their way to the sagas, by id. */
  private readonly recorded = new Map<string, Recorded>();
  private isShopDone = false;

  constructor(seed: number, isTraced: boolean) {
    this.world = new World(seed, isTraced);
    const { world } = this;
    const { random } = world;
    this.shopProcess = newProcess(world, 'shop');
    this.engines = enginesOf(world, (event) => this.shop.engine.onAppend(this.recorded.get(event.id)!));
    this.shop = this.shopProcess.run(
      () =>
        new SagaWorld(scenarioOf(random), [fulfilment({ paymentDeadlineSeconds: random.from(1, 900) }), takingBack], (event) => this.append(event)),
    );
    this.invariants = new Invariants(this.engines);
    const { engines } = this;
    engines.store.createView('sales', 0).isComplete = true;
    engines.store.createView('payments', 0).isComplete = true;
    const many = <Made>(most: number, make: (index: number) => Made): Made[] =>
      Array.from({ length: random.from(1, most) }, (_, index) => make(index + 1));
    const projectors = many(3, (index) => new Station(world, `projector-${index}`, (name) => projector(engines, name)));
    this.stations = [
      ...projectors,
      ...many(2, (index) => new Station(world, `relay-${index}`, (name) => relay(engines, name))),
      ...many(2, (index) => new Station(world, `saga-runner-${index}`, () => sagaRunner(engines))),
    ];
    const keeper = new GateKeeper(engines);
    this.mayhem = new Mayhem(engines, this.stations, projectors, () => keeper.start());
  }

  async run(): Promise<Verdict> {
    const { world } = this;
    const { scheduler, faults } = world;
    this.mayhem.start();
    this.goOn();
    await scheduler.run(() => world.violation !== null, MAYHEM_MS);
    faults.isOver = true;
    for (const station of this.stations) station.heal();
    world.tell(() => 'nothing befalls it any more');
    let isOver = false;
    const look = (): void => {
      isOver = this.isAtRest;
      if (!isOver) scheduler.after(50, null, look);
    };
    look();
    await scheduler.run(() => world.violation !== null || isOver, MAYHEM_MS + PATIENCE_MS);
    if (world.violation === null) this.judge();
    for (const { process } of this.stations) process.die();
    const { fingerprint, happened, now } = scheduler;
    const events = CONTEXTS.reduce((sum, context) => sum + this.engines.logs.log(context).events.length, 0);
    return {
      seed: world.seed,
      violation: world.violation,
      trace: world.trace,
      fingerprint,
      faults: faults.counts,
      events,
      steps: happened,
      lasted: now,
    };
  }

  /** One more thing happens in the shop, again and again. */
  private goOn(): void {
    const { world } = this;
    const pause = this.isShopDone ? 200 : world.faults.isOver ? 10 : 30;
    world.scheduler.after(world.random.next() * pause, this.shopProcess, () => {
      void this.next().catch((error: unknown) => world.violate(`the shop: ${messageOf(error)}`));
    });
  }

  private async next(): Promise<void> {
    const isHeard = this.engines.checkpoints.isDone;
    const isMore = await this.shop.step(isHeard);
    this.isShopDone = isHeard && !isMore;
    if (isMore) expectSound(this.shop);
    this.goOn();
  }

  private append(event: Recorded): void {
    const { type, stream, data } = event;
    const [logged] = this.engines.logs.log(type.split('.')[0]!).append({ type, stream, data });
    this.recorded.set(logged!.id, event);
    this.world.tell(() => `${type} of ${stream} is ${type.split('.')[0]} ${logged!.position}`);
  }

  private get isAtRest(): boolean {
    const { logs, tables, checkpoints, store } = this.engines;
    const isMade = store.views.every(({ isComplete }) => isComplete);
    return (
      isMade &&
      this.isShopDone &&
      checkpoints.isDone &&
      CONTEXTS.every((context) => tables.landings.get(context)?.watermark === logs.log(context).events.length)
    );
  }

  private judge(): void {
    const { world } = this;
    if (!this.isAtRest) return world.violate(`nothing comes to rest: ${this.stuck()}`);
    try {
      this.invariants.atRest(this.shop);
      expectAtRest(this.shop);
    } catch (error) {
      world.violate(`in the end: ${messageOf(error)}`);
    }
  }

  private stuck(): string {
    const { logs, tables, checkpoints } = this.engines;
    const landed = CONTEXTS.map((context) => `${context} at ${tables.landings.get(context)?.watermark} of ${logs.log(context).events.length}`);
    return `${landed.join(', ')}, sagas ${checkpoints.isDone ? 'have all' : 'wait'}, the shop ${this.isShopDone ? 'is done' : 'goes on'}`;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function enginesOf(world: World, deliver: (event: LoggedEvent) => void): Engines {
  const { random, scheduler } = world;
  const now = (): number => scheduler.now;
  const partitions = random.oneOf([1, 2, 3, 4]);
  const logs = new MemoryLogs(...CONTEXTS.map((context) => new MemoryLog(context, () => random.uuid())));
  const service = (name: 'postgres' | 'clickhouse', code: string): Service => ({
    name,
    isAway: false,
    broken: () => Object.assign(new Error(`${name} went away`), { code }),
  });
  return {
    world,
    logs,
    postgres: service('postgres', '57P01'),
    clickhouse: service('clickhouse', 'ECONNRESET'),
    broker: new Broker(world, SESSION_MS),
    tables: new LandingTables(now),
    relays: new Map(CONTEXTS.map((context) => [context, new RelayRow(context, now)])),
    store: new LedgerStore(figures, () => random.from(1, 5)),
    checkpoints: new Checkpoints(logs, partitions, deliver, (what) => world.violate(what)),
    partitions,
    maxRows: random.oneOf([1, 3, 7, 20]),
    lingerMs: random.oneOf([0, 20, 200]),
  };
}

function scenarioOf(random: Random): Scenario {
  const skus = ['A', 'B', 'C'];
  const prices = ['0.00', '1.00', '2.50', '9.99'];
  const line = () => ({ sku: random.oneOf(skus), quantity: random.from(1, 3), unitPrice: random.oneOf(prices) });
  return {
    stock: Object.fromEntries(skus.map((sku) => [sku, random.from(1, 15)])),
    orders: Array.from({ length: random.from(1, 4) }, () => ({
      lines: Array.from({ length: random.from(1, 3) }, line),
      token: random.oneOf(Object.keys(STORIES) as Token[]),
      shipping: random.oneOf([null, '3.95']),
      tax: random.oneOf([null, '1.01']),
      losesRest: random.chance(0.5),
    })),
    choices: Array.from({ length: random.below(350) }, () => random.below(0x7fff_ffff)),
    deadlineSeconds: random.from(1, 900),
    forgetful: random.chance(0.5),
    meddling: random.chance(0.3),
  };
}
