import { isDecimal } from '@kernel/money.js';
import { z } from 'zod';

const orderId = z.string().min(1);
const amount = z.string().refine(isDecimal, 'must be a decimal with at most four places');
const currency = z.string().regex(/^[A-Z]{3}$/);

/** What sagas ask of ordering itself, by name. */
export const orderingSagaCommands = {
  /** `ordering.OrderConfirmed`, or nothing where it is confirmed already. */
  ConfirmOrder: z.object({ orderId }),
  /** `ordering.OrderCancelled`, or nothing where it is cancelled already. */
  CancelOrder: z.object({ orderId, reason: z.string() }),
  /** `ordering.PaymentAuthorised`, `PaymentDeclined` or `PaymentPending`; nothing where the order is cancelled or paid elsewhere by now. */
  AuthorisePayment: z.object({ orderId, amount, currency, token: z.string().min(1) }),
  /** `ordering.PaymentCaptured`. */
  CapturePayment: z.object({ orderId }),
  /** `ordering.PaymentVoided`; `PaymentCaptured` where the money had moved already. */
  VoidPayment: z.object({ orderId, amount, currency, token: z.string().min(1) }),
  /** `ordering.PaymentPaidElsewhere`, or nothing where that is known already. */
  RecordPaidElsewhere: z.object({ orderId, amount, currency }),
  /** `ordering.PaymentRefunded`. A null amount gives back all that is left. Refused of money that is paid elsewhere, but for the refund `cancel-<order>`. */
  RefundPayment: z.object({ orderId, refundId: z.string().min(1), amount: amount.nullable(), reason: z.string() }),
  /** `ordering.CreditNoteRecorded` for a received return. */
  CreditReturn: z.object({ orderId, returnId: z.string().min(1) }),
};
export type OrderingSagaCommand<Name extends keyof typeof orderingSagaCommands> = z.infer<(typeof orderingSagaCommands)[Name]>;
