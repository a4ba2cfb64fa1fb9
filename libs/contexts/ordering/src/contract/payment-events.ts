import type { DomainEvent } from '@kernel/event.js';
import { isDecimal } from '@kernel/money.js';
import type { EventSchema } from '@kernel/schema-registry.js';
import { z } from 'zod';

const amount = z.string().refine(isDecimal, 'must be a decimal with at most four places');
const currency = z.string().regex(/^[A-Z]{3}$/);
/** An order has one payment, known by the order's id. `reference` is the provider's. */
const of = { orderId: z.string().min(1), provider: z.string().min(1), amount, currency };
const reference = z.string().min(1);

/** It is not known yet whether the provider takes it. */
const paymentPending = z.object({ ...of, token: z.string().min(1), reference: reference.nullable(), reason: z.string() });
/** The money is set apart. */
const paymentAuthorised = z.object({ ...of, token: z.string().min(1), reference });
const paymentDeclined = z.object({ ...of, reference: reference.nullable(), code: z.string() });
/** The money is ours. */
const paymentCaptured = z.object({ ...of, reference });
/** What was set apart is free again; nothing was or will be taken. */
const paymentVoided = z.object({ ...of });
const refundId = z.string().min(1);
/** The provider's name of one attempt at a refund. */
const attempt = z.string().min(1);
/** An operator vouches that the order is or will be paid in another way: what the provider takes of it all the same goes back whole. */
const paymentPaidElsewhere = z.object({ orderId: of.orderId, amount, currency });
/** Money given back; an order can have several refunds, together never more than was captured. Early ones do not name their attempt. */
const paymentRefunded = z.object({ ...of, refundId, reason: z.string(), attempt: attempt.optional() });
/** What the provider had accepted to give back has not reached the customer, and is with the shop again. */
const paymentRefundFailed = z.object({ ...of, refundId, attempt, code: z.string() });

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
  { type: 'ordering.PaymentPending', version: 1, schema: paymentPending, upcasters: {} },
  { type: 'ordering.PaymentAuthorised', version: 1, schema: paymentAuthorised, upcasters: {} },
  { type: 'ordering.PaymentDeclined', version: 1, schema: paymentDeclined, upcasters: {} },
  { type: 'ordering.PaymentCaptured', version: 1, schema: paymentCaptured, upcasters: {} },
  { type: 'ordering.PaymentVoided', version: 1, schema: paymentVoided, upcasters: {} },
  { type: 'ordering.PaymentPaidElsewhere', version: 1, schema: paymentPaidElsewhere, upcasters: {} },
  { type: 'ordering.PaymentRefunded', version: 1, schema: paymentRefunded, upcasters: {} },
  { type: 'ordering.PaymentRefundFailed', version: 1, schema: paymentRefundFailed, upcasters: {} },
];
