import { isCaptured, isHeld } from '@contexts/ordering/src/domain/payment.js';
import type { OrderCommand } from '@contexts/ordering/src/domain/order.js';
import { awaited } from '@contexts/ordering/src/sagas/fulfilment-standing.js';
import { sagaStream } from '@kernel/saga.js';
import type { SagaEngine } from './saga-world-engine.js';
import type { Happening } from './saga-world-outbox.js';
import type { Token } from './saga-world-provider.js';
import type { WorldShop } from './saga-world-shop.js';

export interface WorldOrder {
  readonly lines: readonly { readonly sku: string; readonly quantity: number; readonly unitPrice: string }[];
  readonly token: Token;
  readonly shipping: string | null;
  readonly tax: string | null;
  /** A unit of it goes out, and the rest cannot be sent. */
  readonly losesRest: boolean;
}

export interface Habits {
  /** Orders that will be placed. */
  readonly orders: readonly WorldOrder[];
  /** Operators confirm by hand whatever the shop lets them, and vouch for money and parcels that the workflow waits for. */
  readonly meddling: boolean;
}

/** Steps of a fulfilment that operators say they have seen to. */
const VOUCHED_FOR: ReadonlySet<string> = new Set(['authorise-payment', 'capture-payment', 'ship-stock']);

/** Customers, operators and the warehouse, who do whatever an order allows, at any time. */
export class WorldPeople {
  /** Orders that went out before their goods and their money were set apart. */
  readonly shippedEarly = new Set<string>();
  /** Orders whose money came in another way, on an operator's word. */
  readonly paidElsewhere = new Set<string>();
  /** Sagas that did not end without an operator. */
  readonly helped = new Set<string>();
  /** How often steps were tried again before they were skipped. */
  private readonly retried = new Map<string, number>();
  private documents = 0;
  private placed = 0;

  constructor(
    private readonly shop: WorldShop,
    private readonly engine: SagaEngine,
    private readonly habits: Habits,
    private readonly now: () => string,
    /** True once in so many times. */
    private readonly rarely: (times: number) => boolean,
  ) {}

  get orderIds(): readonly string[] {
    return this.habits.orders.slice(0, this.placed).map((_, index) => `o-${index + 1}`);
  }

  /** What they can do now. */
  whims(): Happening[] {
    const place = this.placed < this.habits.orders.length ? [() => this.place()] : [];
    return [...place, ...place, ...this.orderIds.flatMap((id) => this.dealings(id))];
  }

  /** What they do in the end: the rest is placed, what is confirmed goes out or is cancelled for what was lost of it, and what was sent back comes in. */
  duties(): Happening[] {
    if (this.placed < this.habits.orders.length) return [() => this.place()];
    return this.orderIds.flatMap((orderId) => [...this.sendingOff(orderId), ...this.comingIn(orderId)]);
  }

  /** What still does not end needs somebody to see to the step that it is at. */
  help(): Happening | undefined {
    const waiting = this.engine.standings().find(({ status }) => status !== 'ended');
    if (!waiting) return undefined;
    this.helped.add(sagaStream(waiting.saga, waiting.id));
    const { saga, id, step } = waiting;
    const tried = `${saga} ${id} ${step}`;
    return () => {
      const times = this.retried.get(tried) ?? 0;
      if (times < 3 && this.engine.operator(saga, id, 'retry')) this.retried.set(tried, times + 1);
      else this.engine.operator(saga, id, 'skip');
    };
  }

  private dealings(orderId: string): Happening[] {
    const { status, goods, returns } = this.shop.order(orderId);
    const requested = returns.filter((each) => each.status === 'requested');
    const open = status === 'placed' || status === 'confirmed';
    const sent = goods.some(({ shipped, back }) => back < shipped);
    return [
      ...(open && this.rarely(5) ? [this.asks({ type: 'CancelOrder', data: { orderId, reason: 'changed my mind' } })] : []),
      ...(open && this.rarely(12) ? [() => void this.engine.operator('fulfilment', orderId, 'compensate')] : []),
      ...(this.habits.meddling ? this.meddlings(orderId, status) : []),
      ...this.shipments(orderId),
      ...(status === 'partially-shipped' && (this.losesRest(orderId) || this.rarely(4)) ? [this.cancelsRemainder(orderId)] : []),
      ...(status === 'shipped' ? [this.asks({ type: 'DeliverOrder', data: { orderId } })] : []),
      ...(sent ? [() => this.askBack(orderId, 'RequestReturn'), () => this.askBack(orderId, 'CreditOrder')] : []),
      ...this.comingIn(orderId),
      ...requested.map(({ returnId }) => this.asks({ type: 'RejectReturn', data: { orderId, returnId, reason: 'worn' } })),
    ];
  }

  /** An operator confirms, or vouches for what the workflow waits for. */
  private meddlings(orderId: string, status: string): Happening[] {
    const step = this.engine.standing('fulfilment', orderId)?.step ?? '';
    return [
      ...(status === 'placed' ? [this.asks({ type: 'ConfirmOrder', data: { orderId, awaits: this.awaits(orderId) } })] : []),
      ...(VOUCHED_FOR.has(step) && this.rarely(6) ? [() => this.vouch(orderId, step)] : []),
    ];
  }

  private vouch(orderId: string, step: string): void {
    if (step !== 'ship-stock') this.paidElsewhere.add(orderId);
    else if (this.rarely(2)) this.engine.parkParcels(orderId);
    this.engine.operator('fulfilment', orderId, 'skip');
  }

  private awaits(orderId: string): string | null {
    return awaited(this.engine.standing('fulfilment', orderId));
  }

  private losesRest(orderId: string): boolean {
    return this.habits.orders[this.orderIds.indexOf(orderId)]!.losesRest;
  }

  private cancelsRemainder(orderId: string): Happening {
    return this.asks({ type: 'CancelRemainder', data: { orderId, reason: 'lost' } });
  }

  /** The next thing to be done so that an order has shipped. */
  private sendingOff(orderId: string): Happening[] {
    const [whole, unit] = this.shipments(orderId);
    if (!whole) return [];
    if (!this.losesRest(orderId)) return [whole];
    return [this.shop.order(orderId).status === 'partially-shipped' ? this.cancelsRemainder(orderId) : unit!];
  }

  /** The warehouse sends what is confirmed, as soon as the shop lets it; whole, or a unit at a time. */
  private shipments(orderId: string): Happening[] {
    const { status, goods } = this.shop.order(orderId);
    if (status !== 'confirmed' && status !== 'partially-shipped') return [];
    const ship = (lines: readonly { sku: string; quantity: number }[] | null) => (): void => {
      const [secured, before] = [this.isSecured(orderId), this.shop.order(orderId).parcels.length];
      this.shop.ask({ type: 'ShipOrder', data: { orderId, parcelId: this.document('p'), lines, awaits: this.awaits(orderId) } });
      if (!secured && this.shop.order(orderId).parcels.length > before) this.shippedEarly.add(orderId);
    };
    const left = goods.filter(({ line, shipped }) => shipped < line.quantity);
    return [ship(null), ...left.map(({ line }) => ship([{ sku: line.sku, quantity: 1 }]))];
  }

  private isSecured(orderId: string): boolean {
    const payment = this.shop.at(this.shop.payments.repository, orderId);
    const paid = isHeld(payment) || isCaptured(payment) || this.shop.order(orderId).total === '0.00' || this.paidElsewhere.has(orderId);
    return paid && ['made', 'shipped'].includes(this.shop.at(this.shop.catalog.reservations, orderId).status);
  }

  private comingIn(orderId: string): Happening[] {
    const requested = this.shop.order(orderId).returns.filter(({ status }) => status === 'requested');
    return requested.map(({ returnId }) => this.asks({ type: 'ReceiveReturn', data: { orderId, returnId } }));
  }

  /** A unit of the order comes back, or is made good for. */
  private askBack(orderId: string, type: 'RequestReturn' | 'CreditOrder'): void {
    const line = this.shop.order(orderId).goods.find(({ shipped, back }) => back < shipped)?.line;
    if (!line) return;
    const lines = [{ sku: line.sku, quantity: 1 }];
    if (type === 'CreditOrder') this.shop.ask({ type, data: { orderId, creditNoteId: this.document('n'), reason: 'scratched', lines } });
    else this.shop.ask({ type, data: { orderId, returnId: this.document('r'), reason: 'too small', lines } });
  }

  private place(): void {
    const { lines, token, shipping, tax } = this.habits.orders[this.placed]!;
    this.placed += 1;
    const charge = (kind: 'shipping' | 'tax', unitPrice: string | null) =>
      unitPrice === null ? [] : [{ kind, sku: kind.toUpperCase(), name: kind, category: 'Charges', quantity: 1, unitPrice }];
    const goods = lines.map((line) => ({ kind: 'goods' as const, name: line.sku, category: 'Things', ...line }));
    const data = {
      orderId: `o-${this.placed}`,
      customerId: 'c-1',
      country: 'France',
      currency: 'GBP',
      placedAt: this.now(),
      payment: { token },
      lines: [...goods, ...charge('shipping', shipping), ...charge('tax', tax)],
    };
    this.shop.ask({ type: 'PlaceOrder', data });
  }

  private asks(command: OrderCommand): Happening {
    return () => this.shop.ask(command);
  }

  private document(kind: string): string {
    this.documents += 1;
    return `${kind}-${this.documents}`;
  }
}
