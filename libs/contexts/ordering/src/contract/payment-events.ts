import type { DomainEvent } from '@kernel/event.js';
import { currencySchema, decimalSchema } from '@kernel/money.js';
import type { EventSchema } from '@kernel/schema-registry.js';
import { z } from 'zod';

const amount = decimalSchema.describe('How much it is about');
/** An order has one payment, known by the order's id. */
const of = {
  orderId: z.string().min(1).describe('The order’s id, and the payment’s'),
  provider: z.string().min(1).describe('Which payment provider'),
  amount,
  currency: currencySchema,
};
const token = z.string().min(1).describe('The provider’s name for the means of payment');
const reference = z.string().min(1).describe('The provider’s name for the payment');
const known = reference.nullable().describe('The provider’s name for the payment; null where it is not known');
const refundId = z.string().min(1).describe('The refund’s id');
const attempt = z.string().min(1).describe('The provider’s name for one attempt at the refund');
const code = z.string().describe('Why, by the provider’s code');

const paymentPending = z
  .object({ ...of, token, reference: known, reason: z.string().describe('Why it is not known, in words') })
  .describe('It is not known yet whether the provider takes it.');
const paymentAuthorised = z.object({ ...of, token, reference }).describe('The money is set apart.');
const paymentDeclined = z.object({ ...of, reference: known, code }).describe('The provider does not take it.');
const paymentCaptured = z.object({ ...of, reference }).describe('The money is ours.');
const paymentVoided = z.object({ ...of }).describe('What was set apart is free again; nothing was or will be taken.');
const paymentPaidElsewhere = z
  .object({ orderId: of.orderId, amount, currency: of.currency })
  .describe('An operator vouches that the order is or will be paid in another way: what the provider takes of it all the same goes back whole.');
const paymentRefunded = z
  .object({
    ...of,
    refundId,
    reason: z.string().describe('Why, in words'),
    attempt: attempt.optional().describe('The provider’s name for the attempt; early events do not have it'),
  })
  .describe('Money was given back; an order can have several refunds, together never more than was captured.');
const paymentRefundFailed = z
  .object({ ...of, refundId, attempt, code })
  .describe('What the provider had accepted to give back has not reached the customer, and is with the shop again.');

export type PaymentPending = DomainEvent<'ordering.PaymentPending', z.infer<typeof paymentPending>>;
export type PaymentAuthorised = DomainEvent<'ordering.PaymentAuthorised', z.infer<typeof paymentAuthorised>>;
export type PaymentDeclined = DomainEvent<'ordering.PaymentDeclined', z.infer<typeof paymentDeclined>>;
export type PaymentCaptured = DomainEvent<'ordering.PaymentCaptured', z.infer<typeof paymentCaptured>>;
export type PaymentVoided = DomainEvent<'ordering.PaymentVoided', z.infer<typeof paymentVoided>>;
export type PaymentPaidElsewhere = DomainEvent<'ordering.PaymentPaidElsewhere', z.infer<typeof paymentPaidElsewhere>>;
export type PaymentRefunded = DomainEvent<'ordering.PaymentRefunded', z.infer<typeof paymentRefunded>>;
export type PaymentRefundFailed = DomainEvent<'ordering.PaymentRefundFailed', z.infer<typeof paymentRefundFailed>>;

/** The facts of payments: each its own event, whoever told of it first, the answer or the callback. */
export const paymentEvents: EventSchema[] = [
  { type: 'ordering.PaymentPending', version: 1, schema: paymentPending, upcasters: {}, stream: 'payment-{orderId}' },
  { type: 'ordering.PaymentAuthorised', version: 1, schema: paymentAuthorised, upcasters: {}, stream: 'payment-{orderId}' },
  { type: 'ordering.PaymentDeclined', version: 1, schema: paymentDeclined, upcasters: {}, stream: 'payment-{orderId}' },
  { type: 'ordering.PaymentCaptured', version: 1, schema: paymentCaptured, upcasters: {}, stream: 'payment-{orderId}' },
  { type: 'ordering.PaymentVoided', version: 1, schema: paymentVoided, upcasters: {}, stream: 'payment-{orderId}' },
  { type: 'ordering.PaymentPaidElsewhere', version: 1, schema: paymentPaidElsewhere, upcasters: {}, stream: 'payment-{orderId}' },
  { type: 'ordering.PaymentRefunded', version: 1, schema: paymentRefunded, upcasters: {}, stream: 'payment-{orderId}' },
  { type: 'ordering.PaymentRefundFailed', version: 1, schema: paymentRefundFailed, upcasters: {}, stream: 'payment-{orderId}' },
];
