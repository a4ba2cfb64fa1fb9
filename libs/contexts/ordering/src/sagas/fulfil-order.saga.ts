import type { StockReservationRefused, StockReservationReleased, StockReservationShipped } from '@contexts/catalog/src/contract/events.js';
import { toUnits } from '@kernel/money.js';
import { saga, type OperatorWord, type Reaction, type RefusedCommand, type RetryWord, type Saga, type SagaMessage } from '@kernel/saga.js';
import type { OrderPlaced, OrderRemainderCancelled, OrderShipped } from '../contract/events.js';
import type { PaymentDeclined, PaymentRefunded, PaymentRefundFailed } from '../contract/payment-events.js';
import { isGoods, merged, type Quantity } from '../domain/lines.js';
import { afterRefusal, afterSkip, afterWordToRetry, afterWordToUndo, unpaid, withoutStock } from './fulfilment-exceptions.js';
import { awaitsDeadline, outstanding, type FulfilmentCommand } from './fulfilment-plan.js';
import { isRefundOf, moveRemainder, reduced, withoutRemainder } from './fulfilment-remainder.js';
import { currentStep, standing } from './fulfilment-standing.js';
import { from, less, notBegun, undone, withoutStaleRest, type Charge, type Fulfilment } from './fulfilment.js';
import { pursue } from './pursue.js';

export interface FulfilmentOptions {
  /** Longest that an order may wait for its goods and its payment before it is cancelled. */
  readonly paymentDeadlineSeconds: number;
}

type Of<Type extends string, Data = object> = Type extends string ? SagaMessage<Type, Data> : never;
export type FulfilmentMessage =
  | Of<'ordering.OrderPlaced', { readonly orderId: string; readonly goods: readonly Quantity[]; readonly charge: Charge | null }>
  | Of<'ordering.OrderConfirmed' | 'ordering.OrderCancelled'>
  | Of<'ordering.OrderShipped', { readonly parcelId: string; readonly lines: readonly Quantity[] | null; readonly complete: boolean }>
  | Of<'ordering.OrderRemainderCancelled', { readonly goods: readonly Quantity[]; readonly amount: string }>
  | Of<'catalog.StockReservationMade'>
  // What remains is kept of a release that leaves something.
  | Of<'catalog.StockReservationReleased', { readonly remaining?: readonly Quantity[] }>
  | Of<'catalog.StockReservationRefused', { readonly code: string }>
  // Steps of earlier releases did not keep what remains.
  | Of<'catalog.StockReservationShipped', { readonly parcelId: string; readonly complete: boolean; readonly remaining?: readonly Quantity[] }>
  | Of<'ordering.PaymentPending' | 'ordering.PaymentAuthorised' | 'ordering.PaymentCaptured' | 'ordering.PaymentVoided'>
  // The codes are for whoever reads the timeline. Steps of earlier releases did not keep them.
  | Of<'ordering.PaymentDeclined', { readonly code?: string }>
  | Of<'ordering.PaymentRefunded', { readonly refundId: string }>
  | Of<'ordering.PaymentRefundFailed', { readonly refundId: string; readonly code?: string }>
  | Of<'deadline.payment', { readonly due: string }>
  | RefusedCommand
  | OperatorWord
  | RetryWord;

/** Reasons that the saga gives for cancelling an order by itself; stock's refusals name their own. */
const outOfTime = 'payment.timed-out';
const declined = 'payment.declined';

type Evolve = Saga<Fulfilment, FulfilmentMessage, FulfilmentCommand>['evolve'];

/** What each message says has become true. A fact that is overtaken already changes nothing. */
const facts = (paymentDeadlineSeconds: number): Evolve => ({
  'ordering.OrderPlaced': (state, { orderId, goods, charge }, at) => {
    const deadline = new Date(Date.parse(at) + paymentDeadlineSeconds * 1_000).toISOString();
    return { ...state, orderId, goods, unbooked: goods, charge, deadline, payment: charge ? 'due' : 'none' };
  },
  'ordering.OrderConfirmed': (state) => ({ ...state, order: from(state.order, { placed: 'confirmed', confirming: 'confirmed' }) }),
  'ordering.OrderCancelled': (state) => ({ ...state, order: 'cancelled' }),
  // It has shipped, so it can no longer be cancelled, whatever was meant to be asked of it.
  'ordering.OrderShipped': (state, { parcelId, lines, complete }) => {
    const parcel = { parcelId, lines: lines ?? state.goods, command: null, refused: false };
    return { ...state, order: complete ? 'shipped' : 'shipping', undo: null, parcels: [...state.parcels, parcel] };
  },
  'ordering.OrderRemainderCancelled': withoutRemainder,
  'catalog.StockReservationMade': (state) => ({
    ...state,
    stock: from(state.stock, { asked: 'held', vouched: 'held', released: 'held' }),
  }),
  'catalog.StockReservationRefused': (state, { code }) => withoutStock(state, code),
  'catalog.StockReservationReleased': (state, { remaining }) =>
    remaining ? reduced(state, remaining) : undone({ ...state, stock: 'released' }, 'catalog.reservation-released'),
  'catalog.StockReservationShipped': (state, { parcelId, complete, remaining }) => {
    if (complete) return { ...state, stock: 'shipped', parcels: [], unbooked: [] };
    const booked = state.parcels.find((parcel) => parcel.parcelId === parcelId);
    const unbooked = remaining ?? less(state.unbooked, booked?.lines ?? []);
    // What is booked out of is held, whatever an operator has said of it.
    return withoutStaleRest({ ...state, stock: 'held', parcels: state.parcels.filter((parcel) => parcel !== booked), unbooked });
  },
  'ordering.PaymentPending': (state) => ({ ...state, payment: from(state.payment, { asked: 'pending' }) }),
  // After a void it was too late to prevent it: it is voided again. While the void is on its way, that one covers it.
  'ordering.PaymentAuthorised': (state) => ({
    ...state,
    payment: from(state.payment, {
      asked: 'authorised',
      pending: 'authorised',
      declined: 'authorised',
      voided: 'authorised',
    }),
  }),
  'ordering.PaymentDeclined': (state) => {
    const payment = from(state.payment, { asked: 'declined', pending: 'declined', voiding: 'declined', unvoidable: 'declined' });
    return payment === 'declined' ? unpaid({ ...state, payment }, declined) : state;
  },
  'ordering.PaymentCaptured': (state) => ({
    ...state,
    payment: state.payment === 'refunding' || state.payment === 'unrefundable' || state.payment === 'refunded' ? state.payment : 'captured',
  }),
  'ordering.PaymentVoided': (state) => {
    const moved = ['captured', 'refunding', 'unrefundable', 'refunded'].includes(state.payment);
    return moved ? state : unpaid({ ...state, payment: 'voided' }, 'payment.voided');
  },
  'ordering.PaymentRefunded': (state, { refundId }) => {
    if (isRefundOf(state, refundId)) return moveRemainder(state, 'refund', { due: 'done', asked: 'done', refused: 'done' });
    return refundId === `cancel-${state.orderId}`
      ? { ...state, payment: from(state.payment, { captured: 'refunded', refunding: 'refunded', unrefundable: 'refunded' }) }
      : state;
  },
  // It was given back, and did not arrive.
  'ordering.PaymentRefundFailed': (state, { refundId }) => {
    if (isRefundOf(state, refundId)) return moveRemainder(state, 'refund', { asked: 'refused', done: 'refused' });
    return refundId === `cancel-${state.orderId}`
      ? { ...state, payment: from(state.payment, { refunding: 'unrefundable', refunded: 'unrefundable' }) }
      : state;
  },
  // That it still counts is the engine's to see to: one that was cleared never gets here.
  'deadline.payment': (state) => undone(state, outOfTime),
  'command-refused': afterRefusal,
  'operator.retry': afterWordToRetry,
  'operator.skip': (state, { step }) => (step === currentStep(state) ? afterSkip(state, currentStep(state)) : state),
  'operator.compensate': (state, { reason }) => afterWordToUndo(state, reason),
});

type OrderId = { readonly orderId: string };
const idOf = ({ orderId }: OrderId): string => orderId;
/** For events that say all by having happened. */
const told = { saga: idOf, take: () => ({}) };

const inputs: Saga<Fulfilment, FulfilmentMessage, FulfilmentCommand>['inputs'] = {
  'ordering.OrderPlaced': {
    // An imported order is history: it starts no workflow.
    saga: ({ channel, orderId }: OrderPlaced['data']) => (channel === 'web' ? orderId : null),
    take: ({ orderId, lines, total: amount, currency, payment }: OrderPlaced['data']) => ({
      orderId,
      goods: merged(lines.filter(isGoods)),
      charge: payment && toUnits(amount) > 0n ? { amount, currency, token: payment.token } : null,
    }),
    starts: true,
  },
  'ordering.OrderConfirmed': told,
  'ordering.OrderCancelled': told,
  'ordering.OrderShipped': {
    saga: idOf,
    take: ({ parcelId, lines, complete }: OrderShipped['data']) => ({ parcelId, lines: lines && merged(lines), complete }),
  },
  'ordering.OrderRemainderCancelled': {
    saga: idOf,
    take: ({ lines, total }: OrderRemainderCancelled['data']) => ({ goods: merged(lines.filter(isGoods)), amount: total }),
  },
  'catalog.StockReservationMade': told,
  'catalog.StockReservationReleased': {
    saga: idOf,
    take: ({ remaining }: StockReservationReleased['data']) => (remaining ? { remaining } : {}),
  },
  'catalog.StockReservationRefused': { saga: idOf, take: ({ code }: StockReservationRefused['data']) => ({ code }) },
  'catalog.StockReservationShipped': {
    saga: idOf,
    take: ({ parcelId, remaining }: StockReservationShipped['data']) => ({ parcelId, complete: remaining.length === 0, remaining }),
  },
  'ordering.PaymentPending': told,
  'ordering.PaymentAuthorised': told,
  'ordering.PaymentDeclined': { saga: idOf, take: ({ code }: PaymentDeclined['data']) => ({ code }) },
  'ordering.PaymentCaptured': told,
  'ordering.PaymentVoided': told,
  'ordering.PaymentRefunded': { saga: idOf, take: ({ refundId }: PaymentRefunded['data']) => ({ refundId }) },
  'ordering.PaymentRefundFailed': { saga: idOf, take: ({ refundId, code }: PaymentRefundFailed['data']) => ({ refundId, code }) },
};

/** What has been asked for is known by the commands on record. */
const asked: NonNullable<Saga<Fulfilment, FulfilmentMessage, FulfilmentCommand>['asked']> = {
  ReserveStock: (state) => ({ ...state, stock: 'asked' }),
  ReleaseStock: (state, { data }) => (data.only ? moveRemainder(state, 'release', { due: 'asked' }) : { ...state, stock: 'releasing' }),
  ShipStock: (state, { id, data }) => {
    const others = state.parcels.filter(({ parcelId }) => parcelId !== data.parcelId);
    return { ...state, parcels: [...others, { parcelId: data.parcelId, lines: data.lines, command: id, refused: false }] };
  },
  AuthorisePayment: (state) => ({ ...state, payment: 'asked' }),
  CapturePayment: (state) => ({ ...state, payment: 'capturing' }),
  VoidPayment: (state) => ({ ...state, payment: 'voiding' }),
  RecordPaidElsewhere: (state) => ({ ...state, vouchTold: true }),
  RefundPayment: (state, { data }) =>
    isRefundOf(state, data.refundId) ? moveRemainder(state, 'refund', { due: 'asked' }) : { ...state, payment: 'refunding' },
  ConfirmOrder: (state) => ({ ...state, order: from(state.order, { placed: 'confirming' }) }),
  CancelOrder: (state) => ({ ...state, undo: state.undo && { ...state.undo, asked: true } }),
};

/** Asks for what is lacking after a message, and keeps the deadline for as long as something is to be waited for. */
function plan(before: Fulfilment, after: Fulfilment, on: FulfilmentMessage['type']): Reaction<FulfilmentCommand> {
  const begins = before.deadline === '';
  const over = !begins && on !== 'deadline.payment' && awaitsDeadline(before) && !awaitsDeadline(after);
  return { commands: outstanding(after), ...(begins && { deadlines: { payment: after.deadline } }), ...(over && { cleared: ['payment'] }) };
}

/**
 * Brings an order from placement to the customer, or undoes all of it: goods are set apart, then money, then the order is confirmed; its parcels
 * are booked out of stock and the money is taken with the first; what of it was cancelled after that is given back, goods and money. Refused goods, declined money, the deadline or an operator cancel the order,
 * and a cancelled order, whoever cancelled it, gets its money back and its goods released.
 */
export function fulfilment({ paymentDeadlineSeconds }: FulfilmentOptions): Saga<Fulfilment, FulfilmentMessage, FulfilmentCommand> {
  const evolve = facts(paymentDeadlineSeconds);
  return saga({
    name: 'fulfilment',
    context: 'ordering',
    initial: notBegun,
    inputs,
    react: pursue<Fulfilment, FulfilmentMessage, FulfilmentCommand>(evolve, plan),
    evolve,
    asked,
    standing,
  });
}
