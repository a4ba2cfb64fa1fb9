import type { ProviderNotice } from '@kernel/ports/payment-provider.js';
import { Refusal } from '@kernel/refusal.js';
import { Stripe } from 'stripe';
import { z } from 'zod';
import { fromMinor } from '../minor-units.js';
import { callbackExpired, callbackMalformed, callbackUnsigned } from '../refusals.js';

type Webhooks = Stripe['webhooks'];
/** What an event tells of a payment, without what every event has. */
type Told = Omit<ProviderNotice, 'id' | 'occurredAt'>;

const { StripeSignatureVerificationError } = Stripe.errors;
const IGNORE_TIME = 0;

const event = z.object({ id: z.string().min(1), type: z.string(), created: z.int(), data: z.object({ object: z.unknown() }) });
const metadata = z.record(z.string(), z.string()).nullish();
const minor = z.int().nonnegative();
const intent = z.object({
  id: z.string().min(1),
  amount: minor,
  amount_capturable: minor,
  amount_received: minor,
  currency: z.string().toUpperCase(),
  metadata,
  last_payment_error: z.object({ code: z.string().nullish() }).nullish(),
});
const refund = z.object({
  id: z.string().min(1),
  amount: minor,
  currency: z.string().toUpperCase(),
  status: z.string().nullish(),
  failure_reason: z.string().nullish(),
  payment_intent: z.string().nullish(),
  metadata,
});
type Intent = z.infer<typeof intent>;

/** An intent that is not ours, or of which nothing is to be told, makes no notice. */
const ofIntent =
  (type: Told['type'], amount: (intent: Intent) => number, code?: (intent: Intent) => string) =>
  (object: unknown): Told | null => {
    const read = intent.parse(object);
    const paymentId = read.metadata?.['payment_id'];
    if (!paymentId || amount(read) === 0) return null;
    const told = { paymentId, reference: read.id, type, amount: fromMinor(amount(read), read.currency) };
    return code ? { ...told, code: code(read) } : told;
  };

/** A card's refund can fail days after it succeeded, where the card has been closed meanwhile. */
const REFUNDS: ReadonlyMap<unknown, Told['type']> = new Map([
  ['succeeded', 'refunded'],
  ['failed', 'refund-failed'],
  ['canceled', 'refund-failed'],
]);

/** A refund that somebody made in Stripe's dashboard does not say of which payment of ours it is. */
function ofRefund(object: unknown): Told | null {
  const { id: attempt, amount, currency, status, failure_reason: reason, payment_intent: reference, metadata: ours } = refund.parse(object);
  const [paymentId, refundId] = [ours?.['payment_id'], ours?.['refund_id']];
  const type = REFUNDS.get(status);
  if (!type || !paymentId || !reference) return null;
  const told = { paymentId, reference, type, amount: fromMinor(amount, currency), attempt, ...(refundId && { refundId }) };
  return type === 'refunded' ? told : { ...told, code: reason ?? status ?? 'failed' };
}

const READERS: Readonly<Record<string, (object: unknown) => Told | null>> = {
  'payment_intent.processing': ofIntent('pending', ({ amount }) => amount),
  'payment_intent.requires_action': ofIntent('pending', ({ amount }) => amount),
  'payment_intent.amount_capturable_updated': ofIntent('authorised', ({ amount_capturable }) => amount_capturable),
  'payment_intent.payment_failed': ofIntent(
    'declined',
    ({ amount }) => amount,
    ({ last_payment_error: error }) => error?.code ?? 'payment_failed',
  ),
  'payment_intent.succeeded': ofIntent('captured', ({ amount_received }) => amount_received),
  'payment_intent.canceled': ofIntent('voided', ({ amount }) => amount),
  // Not `charge.refunded`, which tells the sum of all refunds and none of their ids. A card's refund succeeds as it is made, a transfer's later.
  'refund.created': ofRefund,
  'refund.updated': ofRefund,
  'refund.failed': ofRefund,
};

/** Verifies and reads one of Stripe's webhooks; null for an event that says nothing of a payment of ours. */
export function stripeNotice(webhooks: Webhooks, secret: string, body: string, signature: string | undefined, now: Date): ProviderNotice | null {
  const { id, type, created, data } = verified(webhooks, secret, body, signature, now);
  const read = Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  const told = read ? wellFormed(() => read(data.object)) : null;
  return told && { id, ...told, occurredAt: new Date(created * 1_000).toISOString() };
}

function verified(webhooks: Webhooks, secret: string, body: string, signature: string | undefined, now: Date): z.infer<typeof event> {
  const construct = (tolerance?: number): unknown => webhooks.constructEvent(body, signature ?? '', secret, tolerance, undefined, now.getTime());
  return wellFormed(() => {
    try {
      return event.parse(construct());
    } catch (error) {
      if (!(error instanceof StripeSignatureVerificationError)) throw error;
      // Stripe has one error for both: what is signed well once the time does not count is merely old.
      throw verifies(() => construct(IGNORE_TIME)) ? callbackExpired() : callbackUnsigned();
    }
  });
}

function verifies(construct: () => unknown): boolean {
  try {
    construct();
    return true;
  } catch (error) {
    return !(error instanceof StripeSignatureVerificationError);
  }
}

/** Whatever goes wrong while a verified body is read is the body's fault. */
function wellFormed<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw callbackMalformed(error instanceof z.ZodError ? z.prettifyError(error) : String(error));
  }
}
