import type { Answer } from '../client/api.js';
import { askUntil } from './ask-until.js';
import type { ShopClock } from './clock.js';
import type { Day, Purchase, Step } from './script.js';
import { codeOf, type People, type Person } from './shop-api.js';
import type { DayTally } from './tally.js';

export interface PlayerOptions {
  readonly people: People;
  readonly clock: ShopClock;
  readonly tally: DayTally;
  /** Longest that an order may take to be confirmed or cancelled before the day goes on without it, ms. */
  readonly decisionMs: number;
}

/** An order that is on its way: what the next steps need to know of it. */
interface Placed {
  readonly purchase: Purchase;
  readonly id: string;
  status: string;
  returnId?: string;
}

/** Longest that a customer waits at the checkout for the order to be confirmed, seconds. */
const CHECKOUT_SECONDS = 5;

/** Plays a day against the API: everybody does what the script says, at its time, whatever becomes of the others. */
export class Player {
  private readonly underWay = new Set<Promise<void>>();
  /** Once one thing failed, nothing more is begun: the shop is away, or not as it should be. */
  private readonly failed = new AbortController();

  constructor(private readonly options: PlayerOptions) {}

  /** Resolves when the last step of the last order is done; answers the ids of the orders that were placed. */
  async play({ purchases }: Day): Promise<string[]> {
    const ids: string[] = [];
    for (const purchase of purchases) {
      await this.options.clock.until(purchase.steps[0]!.at, this.failed.signal);
      if (this.failed.signal.aborted) break;
      this.start(purchase, ids);
    }
    await Promise.all(this.underWay);
    this.failed.signal.throwIfAborted();
    return ids;
  }

  private start(purchase: Purchase, ids: string[]): void {
    const life = this.live(purchase, ids)
      .catch((error: unknown) => this.failed.abort(error))
      .finally(() => this.underWay.delete(life));
    this.underWay.add(life);
  }

  private async live(purchase: Purchase, ids: string[]): Promise<void> {
    const order = await this.place(purchase);
    if (!order) return;
    ids.push(order.id);
    for (const step of purchase.steps.slice(1)) {
      await this.options.clock.until(step.at, this.failed.signal);
      if (this.failed.signal.aborted) return;
      // Everything but a cancellation is done with an order that was confirmed.
      if (step.kind !== 'cancel' && (await this.decided(order)) !== 'confirmed') return;
      if (!(await this.take(step, order))) return;
    }
  }

  private async place(purchase: Purchase): Promise<Placed | undefined> {
    const { key, lines, country, token } = purchase;
    const headers = { prefer: `wait=${CHECKOUT_SECONDS}` };
    const answer = await this.customerOf(purchase).post('/orders', `${key}:place`, { lines, country, payment: { token } }, headers);
    if (!this.accepted('place', answer)) return undefined;
    const { id, status } = answer.body as { id: string; status: string };
    const order = { purchase, id, status: 'placed' };
    this.saw(order, status);
    return order;
  }

  /** Carries out one step; false where the order's life ends with its refusal. */
  private async take(step: Step, order: Placed): Promise<boolean> {
    const { administrator } = this.options.people;
    const { purchase, id } = order;
    const post = (person: Person, path: string, body?: object) => person.post(`/orders/${id}/${path}`, `${purchase.key}:${keyOf(step)}`, body);
    switch (step.kind) {
      case 'place':
        return true;
      case 'cancel': {
        const cancelled = this.accepted('cancel', await post(this.customerOf(purchase), 'cancel', { reason: 'changed my mind' }));
        if (cancelled) this.saw(order, 'cancelled');
        return cancelled;
      }
      case 'ship':
        return this.accepted('ship', await post(administrator, 'ship', { parcelId: step.parcelId, ...(step.lines && { lines: step.lines }) }));
      case 'deliver':
        return this.accepted('deliver', await post(administrator, 'deliver'));
      case 'return': {
        const answer = await post(this.customerOf(purchase), 'returns', { reason: step.reason, ...(step.lines && { lines: step.lines }) });
        if (!this.accepted('return', answer)) return false;
        order.returnId = (answer.body as { id: string }).id;
        return true;
      }
      case 'receive':
        return this.accepted('receive', await post(administrator, `returns/${order.returnId}/receive`));
    }
  }

  private accepted(kind: Step['kind'], answer: Answer): boolean {
    const code = codeOf(answer);
    this.options.tally.count(kind, code);
    return code === undefined;
  }

  /** What became of the order's placing: 'confirmed', 'cancelled', or 'placed' still. */
  private async decided(order: Placed): Promise<string> {
    const { people, decisionMs } = this.options;
    const look = async (): Promise<string> => {
      this.saw(order, (await people.administrator.get<{ status: string }>(`/orders/${order.id}`)).status);
      return order.status;
    };
    if (order.status !== 'placed') return order.status;
    return askUntil(look, (status) => status !== 'placed', { patienceMs: decisionMs, signal: this.failed.signal });
  }

  private saw(order: Placed, status: string): void {
    const now = status === 'placed' || status === 'cancelled' ? status : 'confirmed';
    if (now === order.status) return;
    if (now !== 'placed') this.options.tally.decided(now, order.status);
    order.status = now;
  }

  private customerOf({ customer }: Purchase): Person {
    return this.options.people.customer(customer);
  }
}

const keyOf = (step: Step): string => (step.kind === 'ship' ? `ship-${step.parcelId}` : step.kind);
