import { fromUnits, sum, toUnits } from '@kernel/money.js';
import { ensure, Refusal } from '@kernel/refusal.js';
import type { CreditNoteRecorded, OrderLine, ReturnReceived, ReturnRejected, ReturnRequested } from '../contract/events.js';
import { creditable, ensureWithin, leave, linesOf, takeBack } from './goods.js';
import { remainderOf } from './remainder.js';
import { merged, totalsOf, type Quantity } from './lines.js';
import { exists, type CommandData, type Order, type OrderReturn, type PlacedOrder } from './order-state.js';
import { taxOf, worthOf } from './worth.js';

const sent: ReadonlySet<string> = new Set(['partially-shipped', 'shipped', 'delivered']);

export function credit({ orderId, creditNoteId, reason, lines }: CommandData<'CreditOrder'>, state: Order): CreditNoteRecorded[] {
  const order = exists(state);
  ensure(sent.has(order.status), 'ordering.order-not-creditable', 'Only what has shipped can be credited; cancel the order instead', {
    orderStatus: order.status,
  });
  const data = { creditNoteId, orderId, channel: order.channel, reason, ...comingBack(order, lines, 'ordering.credit-exceeds-order') };
  return [{ type: 'ordering.CreditNoteRecorded', version: 2, data }];
}

export function requestReturn({ orderId, returnId, reason, lines }: CommandData<'RequestReturn'>, state: Order): ReturnRequested[] {
  const order = exists(state);
  ensure(sent.has(order.status), 'ordering.order-not-returnable', 'Only what has shipped can come back', { orderStatus: order.status });
  // Its goods never left this stock and its money never came to this shop.
  ensure(order.channel === 'web', 'ordering.order-not-returnable', 'An order of a past system is credited, not returned', { channel: order.channel });
  ensure(!order.returns.some((each) => each.returnId === returnId), 'ordering.return-exists', 'A return with this id exists', { returnId });
  const wanted = lines ?? creditable(order.goods);
  ensure(wanted.length > 0, 'ordering.nothing-to-return', 'All that has shipped is credited or on its way back');
  const data = { returnId, orderId, reason, ...comingBack(order, wanted, 'ordering.return-exceeds-order') };
  return [{ type: 'ordering.ReturnRequested', version: 1, data }];
}

export function receiveReturn({ orderId, returnId }: CommandData<'ReceiveReturn'>, state: Order): ReturnReceived[] {
  const order = exists(state);
  const known = returnOf(order, returnId);
  ensure(known.status === 'requested', 'ordering.return-not-receivable', 'Only a return that was asked for can be received', {
    returnStatus: known.status,
  });
  return [{ type: 'ordering.ReturnReceived', version: 1, data: { returnId, orderId, ...valueOf(order, known) } }];
}

export function rejectReturn({ orderId, returnId, reason }: CommandData<'RejectReturn'>, state: Order): ReturnRejected[] {
  const known = returnOf(exists(state), returnId);
  ensure(known.status === 'requested', 'ordering.return-not-rejectable', 'Only a return that was asked for can be rejected', {
    returnStatus: known.status,
  });
  return [{ type: 'ordering.ReturnRejected', version: 1, data: { returnId, orderId, reason, lines: [...known.lines] } }];
}

/** The credit note has the return's own id: by it everybody knows which of the two it is for. */
export function creditReturn({ orderId, returnId }: CommandData<'CreditReturn'>, state: Order): CreditNoteRecorded[] {
  const order = exists(state);
  const known = returnOf(order, returnId);
  if (known.status === 'credited') return [];
  ensure(known.status === 'received', 'ordering.return-not-creditable', 'Only a return that was received can be credited', {
    returnStatus: known.status,
  });
  const data = { creditNoteId: returnId, orderId, channel: order.channel, reason: known.reason, ...valueOf(order, known) };
  return [{ type: 'ordering.CreditNoteRecorded', version: 2, data }];
}

/** From the moment that it is asked for, a return can be credited no second time. */
export function onReturnRequested(order: PlacedOrder, { returnId, reason, lines, units, goodsTotal, total }: ReturnRequested['data']): PlacedOrder {
  const added: OrderReturn = { returnId, status: 'requested', reason, lines, units, goodsTotal, total };
  return { ...taken(order, lines), returns: [...order.returns, added] };
}

export const onReturnReceived = (order: PlacedOrder, { returnId }: ReturnReceived['data']): PlacedOrder => moved(order, returnId, 'received');

export function onReturnRejected(order: PlacedOrder, { returnId, lines }: ReturnRejected['data']): PlacedOrder {
  const taxBack = fromUnits(toUnits(order.taxBack) - toUnits(taxOf(lines)));
  return { ...moved(order, returnId, 'rejected'), goods: leave(order.goods, lines), taxBack };
}

export function onCredited(order: PlacedOrder, { creditNoteId, orderId, lines }: CreditNoteRecorded['data']): PlacedOrder {
  // Nothing of it went out, and its tax counts since it was cancelled.
  if (creditNoteId === remainderOf(orderId ?? '')) return order;
  const isReturn = order.returns.some(({ returnId }) => returnId === creditNoteId);
  return isReturn ? moved(order, creditNoteId, 'credited') : taken(order, lines);
}

const taken = (order: PlacedOrder, lines: readonly OrderLine[]): PlacedOrder => ({
  ...order,
  goods: takeBack(order.goods, lines),
  taxBack: sum([order.taxBack, taxOf(lines)]),
});

const moved = (order: PlacedOrder, returnId: string, status: OrderReturn['status']): PlacedOrder => ({
  ...order,
  returns: order.returns.map((each) => (each.returnId === returnId ? { ...each, status } : each)),
});

/** Quantities of what has shipped, with what they are worth. */
function comingBack(order: PlacedOrder, wanted: readonly Quantity[], exceeds: string) {
  const quantities = merged(wanted);
  ensureWithin(quantities, creditable(order.goods), exceeds);
  const lines = worthOf(order, linesOf(quantities, order.goods));
  return valueOf(order, { lines, ...totalsOf(lines) });
}

const valueOf = (
  { customerId, country, currency }: PlacedOrder,
  { lines, units, goodsTotal, total }: Pick<OrderReturn, 'lines' | 'units' | 'goodsTotal' | 'total'>,
) => ({ customerId, country, currency, lines: [...lines], units, goodsTotal, total });

function returnOf({ returns }: PlacedOrder, returnId: string): OrderReturn {
  const found = returns.find((each) => each.returnId === returnId);
  if (!found) throw new Refusal('ordering.return-not-found', 'not-found', 'The order has no such return');
  return found;
}
