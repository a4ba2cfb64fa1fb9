import type { AnySaga } from '@kernel/saga.js';
import { SagaEngine } from './saga-world-engine.js';
import type { Happening } from './saga-world-outbox.js';
import type { Recorded } from './saga-world-store.js';
import { WorldPeople, type Habits } from './saga-world-people.js';
import { WorldProvider } from './saga-world-provider.js';
import { WorldShop } from './saga-world-shop.js';

export interface Scenario extends Habits {
  /** What there is of each SKU. */
  readonly stock: Readonly<Record<string, number>>;
  /** What happens next, as places among all that can; once they are used up, everything happens in turn. */
  readonly choices: readonly number[];
  readonly deadlineSeconds: number;
  /** No command or notice leaves a receipt, so that all of them depend on the domain's own guards. */
  readonly forgetful: boolean;
}

/** More happens in no world that ends. */
const TOO_LONG = 1_000;

/** A shop, its sagas, a payment provider and people, in which anything that can happen happens in any order. */
export class SagaWorld {
  readonly provider: WorldProvider;
  readonly shop: WorldShop;
  readonly engine: SagaEngine;
  readonly people: WorldPeople;
  /** While it is, the provider does nothing and answers nobody. */
  isProviderAway = false;
  private clock = Date.parse('2026-11-21T10:00:00.000Z');
  private chosen = 0;
  private turns = 0;

  constructor(
    readonly scenario: Scenario,
    sagas: readonly AnySaga[],
    /** How sagas come to hear of what happened: by themselves, where nothing lies between. */
    onAppend: (event: Recorded) => void = (event) => this.engine.onAppend(event),
  ) {
    const { forgetful, stock } = scenario;
    const now = (): string => new Date(this.clock).toISOString();
    const rarely = (times: number): boolean => this.pick(times) === 1;
    this.provider = new WorldProvider(
      now,
      () => rarely(8),
      () => this.isProviderAway || rarely(8),
    );
    this.provider.onAsked = (what, paymentId, refundId) => this.expectOwed(what, paymentId, refundId);
    this.shop = new WorldShop(this.provider, { now, forgetful, onAppend });
    this.engine = new SagaEngine(sagas, this.shop, { now, forgetful });
    this.people = new WorldPeople(this.shop, this.engine, scenario, now, rarely);
    for (const [sku, quantity] of Object.entries(stock)) this.shop.receive(sku, quantity);
  }

  /** Lets everything happen: as chosen first, then whatever is left, until nothing is; `each` sees the world after everything that happened. */
  async run(each: () => void): Promise<void> {
    while (await this.step()) each();
  }

  /**
   * Lets one more thing happen: as chosen first, then in turn. False when everything is done, and when there is nothing to do before sagas have
   * heard of what happened: while `isHeard` says that they have not, nobody waits for deadlines, nor comes to their help.
   */
  async step(isHeard = true): Promise<boolean> {
    if (this.chosen < this.scenario.choices.length) {
      await this.happensByChance();
      return true;
    }
    if (this.turns > TOO_LONG) throw new Error('this world never comes to rest');
    const happened = await this.happensInTurn(this.turns, isHeard);
    if (happened) this.turns += 1;
    return happened;
  }

  private async happensByChance(): Promise<void> {
    const owed = this.owed();
    const people = this.people.whims();
    const chances = [owed, owed, owed, owed, people, people, this.engine.mayhem(), [() => this.pass(this.pick(30))]];
    const some = chances[this.pick(chances.length)]!;
    await some[this.pick(some.length || 1)]?.();
  }

  /** What there is to do once nobody interferes any more: false when everything is done. */
  private async happensInTurn(turn: number, isHeard: boolean): Promise<boolean> {
    const owed = this.owed();
    const idle = (): Happening | undefined => this.nextDeadline() ?? this.people.duties()[0] ?? this.people.help();
    const next = owed[turn % owed.length] ?? (isHeard ? idle() : undefined);
    await next?.();
    return next !== undefined;
  }

  /** What machines must do some time. */
  private owed(): Happening[] {
    return [...this.engine.owed(), ...this.provider.unsettled(), ...this.arrivals()];
  }

  private arrivals(): Happening[] {
    return this.provider.notices.map((notice, index) => () => {
      this.provider.notices.splice(index, 1);
      return this.shop.take(notice);
    });
  }

  private nextDeadline(): Happening | undefined {
    const due = this.engine.nextDeadline();
    return due === undefined ? undefined : () => void (this.clock = Math.max(this.clock, Date.parse(due)));
  }

  /** No card is asked for money that is not wanted any more, and what is paid elsewhere is given back whole. */
  private expectOwed(what: 'authorise' | 'refund', orderId: string, refundId?: string): void {
    const { isPaidElsewhere, isVoided } = this.shop.at(this.shop.payments.repository, orderId);
    const isUnwanted = isPaidElsewhere || isVoided || this.shop.order(orderId).status === 'cancelled';
    if (what === 'authorise' && isUnwanted) throw new Error(`${orderId} is authorised though nobody wants its money`);
    if (what === 'refund' && isPaidElsewhere && refundId !== `cancel-${orderId}`)
      throw new Error(`${orderId} gives ${refundId} of money that it owes whole`);
  }

  private pass(seconds: number): void {
    this.clock += seconds * 1_000;
  }

  /** The next choice among so many; the first once there are none left. */
  private pick(among: number): number {
    const choice = this.scenario.choices[this.chosen] ?? 0;
    this.chosen += 1;
    return choice % among;
  }
}
