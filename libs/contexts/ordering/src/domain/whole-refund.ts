import { ensure } from '@kernel/refusal.js';
import type { Payment } from './payment.js';

/** The refund that gives an order's money back whole: the order was cancelled, or is paid in another way. */
export const wholeRefundOf = (orderId: string): string => `cancel-${orderId}`;

/**
 * What is paid elsewhere goes back by one refund: another one would be made of money that the customer is owed anyway.
 * @throws Refusal `ordering.payment-paid-elsewhere`
 */
export function ensureOwedByProvider({ orderId, refundId }: { readonly orderId: string; readonly refundId: string }, state: Payment): void {
  ensure(
    !state.isPaidElsewhere || refundId === wholeRefundOf(orderId),
    'ordering.payment-paid-elsewhere',
    'The order was paid in another way: give the money back by hand, as it came',
    { orderId, refundId },
  );
}
