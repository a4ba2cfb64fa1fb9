import { canonical, isDecimal, toUnits } from '@kernel/money.js';
import type { ProviderNotice } from '@kernel/ports/payment-provider.js';
import { z } from 'zod';
import { callbackMalformed } from '../refusals.js';

const text = z.string().min(1);
const schema = z.object({
  id: text,
  type: z.enum(['pending', 'authorised', 'declined', 'captured', 'voided', 'refunded', 'refund-failed']),
  paymentId: text,
  reference: text,
  amount: z
    .string()
    .refine((amount) => isDecimal(amount) && toUnits(amount) > 0n)
    .transform(canonical),
  currency: z.string().regex(/^[A-Z]{3}$/),
  code: text.optional(),
  refundId: text.optional(),
  attempt: text.optional(),
  occurredAt: z.iso.datetime(),
});

/** Reads the body of a verified callback. @throws Refusal `payment.callback-malformed` */
export function readNotice(body: string): ProviderNotice {
  const parsed = schema.safeParse(json(body));
  if (!parsed.success) throw callbackMalformed(z.prettifyError(parsed.error));
  const { amount, currency, code, refundId, attempt, ...rest } = parsed.data;
  return { ...rest, amount: { amount, currency }, ...(code && { code }), ...(refundId && { refundId }), ...(attempt && { attempt }) };
}

function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw callbackMalformed('it is no JSON');
  }
}
