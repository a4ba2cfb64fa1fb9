import { fulfilment, type FulfilmentMessage } from '@contexts/ordering/src/sagas/fulfil-order.saga.js';
import { at, seconds, specOfSaga } from './saga-given.js';

/** The story of one order as its fulfilment is told it: what specs give and what they let happen. */
export const DEADLINE = 900;
export const given = specOfSaga(fulfilment({ paymentDeadlineSeconds: DEADLINE }));
export const orderId = 'o-1';
export const goods = [
  { sku: 'LAMP', quantity: 2 },
  { sku: 'BAG', quantity: 1 },
];
export const charge = { amount: '25.00', currency: 'GBP', token: 'tok_approve' };

type Bare = Extract<FulfilmentMessage, { data: object }>['type'];
const told = (type: Bare, data: object = {}): FulfilmentMessage => ({ type, data }) as FulfilmentMessage;
export const placed = told('ordering.OrderPlaced', { orderId, goods, charge });
export const free = told('ordering.OrderPlaced', { orderId, goods, charge: null });
export const confirmed = told('ordering.OrderConfirmed');
export const cancelled = told('ordering.OrderCancelled');
export const shippedWhole = told('ordering.OrderShipped', { parcelId: 'p1', lines: goods, complete: true });
export const firstParcel = told('ordering.OrderShipped', { parcelId: 'p1', lines: [goods[0]], complete: false });
export const lastParcel = told('ordering.OrderShipped', { parcelId: 'p2', lines: [goods[1]], complete: true });
export const remainder = told('ordering.OrderRemainderCancelled', { goods: [goods[1]], amount: '6.00' });
export const reserved = told('catalog.StockReservationMade');
export const outOfStock = told('catalog.StockReservationRefused', { code: 'catalog.out-of-stock' });
export const released = told('catalog.StockReservationReleased');
export const reducedTo = (...remaining: { readonly sku: string; readonly quantity: number }[]) =>
  told('catalog.StockReservationReleased', { remaining });
export const bookedOut = (parcelId: string, complete: boolean, remaining?: readonly { readonly sku: string; readonly quantity: number }[]) =>
  told('catalog.StockReservationShipped', { parcelId, complete, ...(remaining && { remaining }) });
export const pending = told('ordering.PaymentPending');
export const authorised = told('ordering.PaymentAuthorised');
export const declined = told('ordering.PaymentDeclined');
export const captured = told('ordering.PaymentCaptured');
export const voided = told('ordering.PaymentVoided');
export const refunded = told('ordering.PaymentRefunded', { refundId: `cancel-${orderId}` });
export const refundFailed = told('ordering.PaymentRefundFailed', { refundId: `cancel-${orderId}` });
export const remainderRefunded = told('ordering.PaymentRefunded', { refundId: `remainder-${orderId}` });
export const remainderRefundFailed = told('ordering.PaymentRefundFailed', { refundId: `remainder-${orderId}` });
export const refused = (command: string, code = 'ordering.refused', commandId = '') =>
  told('command-refused', { commandId, command, code, detail: '' });
export const deadline = at(seconds(DEADLINE), told('deadline.payment', { due: seconds(DEADLINE) }));
export const skip = (step: string) => told('operator.skip', { by: 'u-1', reason: 'seen to', step });
export const retry = told('operator.retry', { by: 'u-1' });
export const compensate = told('operator.compensate', { by: 'u-1', reason: 'the customer called' });

export const ready = [placed, reserved, authorised, confirmed];
