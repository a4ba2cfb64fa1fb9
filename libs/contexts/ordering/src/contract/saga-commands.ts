import { currencySchema, decimalSchema } from '@kernel/money.js';
import { z } from 'zod';

const orderId = z.string().min(1).describe('The order’s id');
const amount = decimalSchema.describe('What the order costs');
const currency = currencySchema;
const token = z.string().min(1).describe('The provider’s name for the means of payment');
const reason = z.string().describe('Why, in words');

/** What sagas ask of ordering itself, by name. Their descriptions are published. */
export const orderingSagaCommands = {
  ConfirmOrder: z
    .object({ orderId })
    .describe('The order’s goods and payment are set apart. Comes back as `ordering.OrderConfirmed`, or nothing where it is confirmed already.'),
  CancelOrder: z
    .object({ orderId, reason })
    .describe('Ends the order. Comes back as `ordering.OrderCancelled`, or nothing where it is cancelled already.'),
  AuthorisePayment: z
    .object({ orderId, amount, currency, token })
    .describe(
      'Has the money set apart. Comes back as `ordering.PaymentAuthorised`, `ordering.PaymentDeclined` or `ordering.PaymentPending`; nothing where the order is ' +
        'cancelled or paid elsewhere by now.',
    ),
  CapturePayment: z.object({ orderId }).describe('Takes the money that was set apart. Comes back as `ordering.PaymentCaptured`.'),
  VoidPayment: z
    .object({ orderId, amount, currency, token })
    .describe('Sets the money free. Comes back as `ordering.PaymentVoided`; as `ordering.PaymentCaptured` where the money had moved already.'),
  RecordPaidElsewhere: z
    .object({ orderId, amount, currency })
    .describe('The order is paid in another way. Comes back as `ordering.PaymentPaidElsewhere`, or nothing where that is known already.'),
  RefundPayment: z
    .object({
      orderId,
      refundId: z.string().min(1).describe('The refund’s id'),
      amount: decimalSchema.nullable().describe('How much; null gives back all that is left'),
      reason,
    })
    .describe(
      'Gives money back. Comes back as `ordering.PaymentRefunded`. Refused of money that is paid elsewhere, but for the refund `cancel-<order>`.',
    ),
  CreditReturn: z
    .object({ orderId, returnId: z.string().min(1).describe('The return’s id') })
    .describe('Credits a received return. Comes back as `ordering.CreditNoteRecorded`.'),
};
export type OrderingSagaCommand<Name extends keyof typeof orderingSagaCommands> = z.infer<(typeof orderingSagaCommands)[Name]>;
