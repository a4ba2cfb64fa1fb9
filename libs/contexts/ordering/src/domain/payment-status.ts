import { toUnits } from '@kernel/money.js';
import { isAuthorised, isCaptured, refundableOf, refundedOf, type Payment } from './payment.js';

export const PAYMENT_STATUSES = ['none', 'pending', 'declined', 'authorised', 'voided', 'captured', 'partially-refunded', 'refunded'] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

/** Where the money is; a later thing that happened to it says more than an earlier one. */
export function paymentStatus(state: Payment): PaymentStatus {
  if (isCaptured(state)) {
    if (toUnits(refundedOf(state)) === 0n) return 'captured';
    return toUnits(refundableOf(state)) > 0n ? 'partially-refunded' : 'refunded';
  }
  if (state.isVoided) return 'voided';
  if (isAuthorised(state)) return 'authorised';
  if (state.isDeclined) return 'declined';
  return state.isPending ? 'pending' : 'none';
}
