import { sum } from '@kernel/money.js';
import { ensure } from '@kernel/refusal.js';
import type { CreditNoteRecorded, OrderRemainderCancelled } from '../contract/events.js';
import { drop, unshippedLines } from './goods.js';
import { totalsOf } from './lines.js';
import { exists, type CommandData, type Order, type OrderStatus, type PlacedOrder } from './order-state.js';
import { taxOf, worthOf } from './worth.js';

/** By this name the remainder of an order is credited and refunded: an order has one at most. */
export const remainderOf = (orderId: string): string => `remainder-${orderId}`;

/** What there is to do about an order that has no remainder. */
const noRemainder: ReadonlyMap<OrderStatus, string> = new Map([
  ['placed', 'Nothing of the order has shipped: cancel it instead'],
  ['confirmed', 'Nothing of the order has shipped: cancel it instead'],
  ['cancelled', 'The order is cancelled already'],
]);

/**
 * What has not shipped never will, and is credited in the same breath: no reader ever sees the one without the other. The order has shipped then, with
 * what went out.
 */
export function cancelRemainder({ orderId, reason }: CommandData<'CancelRemainder'>, state: Order): [OrderRemainderCancelled, CreditNoteRecorded] {
  const order = exists(state);
  const { status, channel, customerId, country, currency } = order;
  ensure(
    status === 'partially-shipped',
    'ordering.remainder-not-cancellable',
    noRemainder.get(status) ?? 'All of the order has shipped, or its remainder is cancelled already: return it instead',
    { orderStatus: status },
  );
  const lines = worthOf(order, unshippedLines(order.goods));
  const value = { customerId, country, currency, lines, ...totalsOf(lines) };
  return [
    { type: 'ordering.OrderRemainderCancelled', version: 1, data: { orderId, reason, ...value } },
    { type: 'ordering.CreditNoteRecorded', version: 2, data: { creditNoteId: remainderOf(orderId), orderId, channel, reason, ...value } },
  ];
}

export const onRemainderCancelled = (order: PlacedOrder, { lines }: OrderRemainderCancelled['data']): PlacedOrder => ({
  ...order,
  status: 'shipped',
  goods: drop(order.goods),
  taxBack: sum([order.taxBack, taxOf(lines)]),
});
