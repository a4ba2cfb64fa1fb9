import type { CreditNoteRecorded, OrderShipped, ReturnReceived } from '@contexts/ordering/src/contract/events.js';
import { fromUnits, toUnits } from '@kernel/money.js';

/** An order as the API shows it in the end, with all that happened to it. Amounts are exact decimals. */
export interface OrderRecord {
  readonly id: string;
  readonly status: string;
  readonly total: string;
  readonly lines: readonly { readonly kind: string; readonly sku: string; readonly quantity: number }[];
  readonly payment: { readonly status: string; readonly authorised: string; readonly captured: string; readonly refunded: string } | null;
  readonly history: readonly { readonly type: string; readonly data: unknown }[];
}

/** A SKU's stock as the catalog tells it; `analysts` is what is on hand in the analysts' read model. */
export interface StockRecord {
  readonly sku: string;
  readonly received: number;
  readonly stock: number;
  readonly onHand: number;
  readonly reserved: number;
  readonly analysts: number | null;
}

/** A figure that is not what the orders say it must be. */
export interface Difference {
  readonly of: string;
  readonly figure: string;
  readonly expected: string;
  readonly actual: string;
}

type ShopEvent = OrderShipped | ReturnReceived | CreditNoteRecorded;
const told = <Type extends ShopEvent['type']>({ history }: OrderRecord, type: Type) =>
  history.flatMap((event) => (event.type === type ? [event.data as Extract<ShopEvent, { type: Type }>['data']] : []));

const KEEPS_RESERVED = new Set(['confirmed', 'partially-shipped']);
const HAS_SHIPPED = new Set(['partially-shipped', 'shipped', 'delivered']);

/** With all workflows at rest, every order has been confirmed or cancelled. */
export const undecided = (orders: readonly OrderRecord[]): Difference[] =>
  orders.flatMap(({ id, status }) => (status === 'placed' ? [{ of: id, figure: 'status', expected: 'confirmed or cancelled', actual: status }] : []));

/** Every unit that came in is on hand or has left with a parcel; every unit reserved is one that an order still waits for. */
export function stockDifferences(orders: readonly OrderRecord[], stock: readonly StockRecord[]): Difference[] {
  const shipped = new Map<string, number>();
  const restocked = new Map<string, number>();
  const reserved = new Map<string, number>();
  for (const order of orders) {
    const goods = order.lines.filter(({ kind }) => kind === 'goods');
    const sent = told(order, 'ordering.OrderShipped').flatMap(({ lines }) => lines ?? goods);
    add(shipped, sent);
    add(
      restocked,
      told(order, 'ordering.ReturnReceived').flatMap(({ lines }) => lines.filter(({ kind }) => kind === 'goods')),
    );
    if (!KEEPS_RESERVED.has(order.status)) continue;
    add(reserved, goods);
    add(
      reserved,
      sent.map(({ sku, quantity }) => ({ sku, quantity: -quantity })),
    );
  }
  return stock.flatMap(({ sku, received, ...actual }) => {
    const onHand = received - (shipped.get(sku) ?? 0) + (restocked.get(sku) ?? 0);
    const held = reserved.get(sku) ?? 0;
    const expected = { onHand, reserved: held, stock: onHand - held, analysts: onHand };
    return differences(sku, expected, { ...actual, analysts: actual.analysts ?? 'nothing' });
  });
}

/** Every penny taken is for goods that are with their customer, and nothing is kept for what came back or was never sent. */
export function moneyDifferences(orders: readonly OrderRecord[]): Difference[] {
  return orders.flatMap((order) => {
    const { id, status, total, payment } = order;
    // Nothing was asked of a provider about an order that was cancelled at once.
    if (!payment) return status === 'cancelled' ? [] : [{ of: id, figure: 'payment', expected: total, actual: 'none' }];
    const [captured, refunded] = [toUnits(payment.captured), toUnits(payment.refunded)];
    if (status === 'cancelled') return differences(id, { kept: '0.00' }, { kept: fromUnits(captured - refunded) });
    const credits = told(order, 'ordering.CreditNoteRecorded').reduce((sum, credit) => sum + toUnits(credit.total), 0n);
    const actual = { captured: fromUnits(captured), refunded: fromUnits(refunded) };
    // A provider can take the money at once although it was only asked to set it apart: then that is all of it.
    const due = HAS_SHIPPED.has(status) || captured !== 0n ? toUnits(total) : 0n;
    return differences(id, { captured: fromUnits(due), refunded: fromUnits(credits) }, actual);
  });
}

/** What the shop took, gave back and kept, over all orders. */
export function takings(orders: readonly OrderRecord[]): { readonly captured: string; readonly refunded: string; readonly kept: string } {
  const sum = (figure: 'captured' | 'refunded'): bigint =>
    orders.reduce((total, { payment }) => total + (payment ? toUnits(payment[figure]) : 0n), 0n);
  const [captured, refunded] = [sum('captured'), sum('refunded')];
  return { captured: fromUnits(captured), refunded: fromUnits(refunded), kept: fromUnits(captured - refunded) };
}

function add(counts: Map<string, number>, lines: readonly { readonly sku: string; readonly quantity: number }[]): void {
  for (const { sku, quantity } of lines) counts.set(sku, (counts.get(sku) ?? 0) + quantity);
}

type Figures = Readonly<Record<string, string | number>>;
const differences = (of: string, expected: Figures, actual: Figures): Difference[] =>
  Object.entries(expected).flatMap(([figure, value]) =>
    actual[figure] === value ? [] : [{ of, figure, expected: String(value), actual: String(actual[figure]) }],
  );
