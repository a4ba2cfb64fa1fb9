import { wholeRefundOf } from '../domain/whole-refund.js';
import type { Asks } from './asks.js';
import { giveRemainderBack } from './fulfilment-remainder.js';
import { left, RELEASABLE, restOf, secured, VOIDABLE, type Fulfilment } from './fulfilment.js';

export type FulfilmentCommand = Asks[
  | 'ReserveStock'
  | 'ReleaseStock'
  | 'ShipStock'
  | 'AuthorisePayment'
  | 'ConfirmOrder'
  | 'CapturePayment'
  | 'CancelOrder'
  | 'VoidPayment'
  | 'RecordPaidElsewhere'
  | 'RefundPayment'];

/**
 * What the workflow lacks as things stand and has not asked for yet. Being a function of the state alone, it comes to the same whatever order the
 * state was reached in: a race is decided where its facts are recorded, never here.
 */
export function outstanding(state: Fulfilment): readonly FulfilmentCommand[] {
  if (state.order === 'cancelled') return [...giveMoneyBack(state), ...giveGoodsBack(state)];
  // Only the order knows whether it still can be cancelled. Until it has said so nothing is undone, or goods might leave unpaid and unbooked.
  if (state.undo) return state.undo.asked ? [] : [cancel(state.orderId, state.undo.reason)];
  const money = state.paidElsewhere ? [...tellPayment(state), ...giveMoneyBack(state)] : takeMoney(state);
  return [...secure(state), ...bookOut(state), ...money, ...giveRemainderBack(state)];
}

/** True while the deadline has something to wait for. */
export const awaitsDeadline = (state: Fulfilment): boolean =>
  state.order !== 'cancelled' && state.undo === null && !state.irrevocable && !secured(state);

const cancel = (orderId: string, reason: string): FulfilmentCommand => ({ name: 'CancelOrder', context: 'ordering', data: { orderId, reason } });

function secure(state: Fulfilment): readonly FulfilmentCommand[] {
  const { orderId, goods, charge, deadline, order, stock, payment, paidElsewhere } = state;
  if (stock === 'due') return [{ name: 'ReserveStock', context: 'catalog', data: { orderId, lines: [...goods], expiresAt: deadline } }];
  if (payment === 'due' && charge && !paidElsewhere && (stock === 'held' || stock === 'vouched')) {
    return [{ name: 'AuthorisePayment', context: 'ordering', data: { orderId, ...charge } }];
  }
  return order === 'placed' && secured(state) ? [{ name: 'ConfirmOrder', context: 'ordering', data: { orderId } }] : [];
}

function bookOut(state: Fulfilment): readonly FulfilmentCommand[] {
  const { orderId, order, stock, parcels, unbooked, remainder } = state;
  if (stock !== 'held') return [];
  // All has left the house, and all its parcels are seen to: what is still reserved has left with one that an operator vouched for.
  // Not before what no parcel takes is free again: until then the reservation holds enough to book a parcel out beside its own rest.
  const isRest = order === 'shipped' && parcels.length === 0 && unbooked.length > 0 && (remainder?.release ?? 'done') === 'done';
  return [...parcels.filter(({ command }) => command === null), ...(isRest ? [{ parcelId: restOf(orderId), lines: unbooked }] : [])].map(
    ({ parcelId, lines }) => ({ name: 'ShipStock', context: 'catalog', data: { orderId, parcelId, lines: [...lines] } }),
  );
}

/** The whole amount is taken with the first parcel: see docs/decisions/0010. */
const takeMoney = (state: Fulfilment): readonly FulfilmentCommand[] =>
  state.payment === 'authorised' && left(state) ? [{ name: 'CapturePayment', context: 'ordering', data: { orderId: state.orderId } }] : [];

function tellPayment({ orderId, charge, vouchTold }: Fulfilment): readonly FulfilmentCommand[] {
  if (vouchTold || !charge) return [];
  const { amount, currency } = charge;
  return [{ name: 'RecordPaidElsewhere', context: 'ordering', data: { orderId, amount, currency } }];
}

function giveMoneyBack({ orderId, order, charge, payment }: Fulfilment): readonly FulfilmentCommand[] {
  if (payment === 'captured') {
    const reason = order === 'cancelled' ? 'cancelled' : 'paid in another way';
    return [{ name: 'RefundPayment', context: 'ordering', data: { orderId, refundId: wholeRefundOf(orderId), amount: null, reason } }];
  }
  return charge && VOIDABLE.has(payment) ? [{ name: 'VoidPayment', context: 'ordering', data: { orderId, ...charge } }] : [];
}

const giveGoodsBack = ({ orderId, goods, stock }: Fulfilment): readonly FulfilmentCommand[] =>
  RELEASABLE.has(stock) ? [{ name: 'ReleaseStock', context: 'catalog', data: { orderId, reason: 'cancelled', lines: [...goods] } }] : [];
