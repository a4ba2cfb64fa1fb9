import {
  PaymentProvider,
  type AuthoriseAnswer,
  type CaptureAnswer,
  type Charge,
  type KnownCharge,
  type ProviderNotice,
  type RefundAnswer,
  type VoidAnswer,
} from '@kernel/ports/payment-provider.js';
import type { Money } from '@kernel/money.js';
import { Stripe } from 'stripe';
import { fromMinor, toMinor } from '../minor-units.js';
import { requestChanged, unavailable } from '../refusals.js';
import { codeOf, isOfOtherRequest, isVerdict, refusalOf, type Verdict } from './stripe-errors.js';
import { stripeNotice } from './stripe-notice.js';
import { addressOf, paramsOf } from './stripe-requests.js';

export interface StripePaymentsOptions {
  readonly secretKey: string;
  /** Of the webhook endpoint that points here. */
  readonly webhookSecret: string;
  /** Where Stripe's API is, without a path; Stripe's own by default. */
  readonly apiBase?: string;
  readonly timeoutMs?: number;
  /** How often a request is repeated before it is told as unanswered. */
  readonly retries?: number;
}

type Intent = Stripe.PaymentIntent;
type Created = { readonly intent: Intent } | { readonly verdict: Verdict };

/** Of the release of Stripe's API that these calls and their answers are written for. */
const API_VERSION = '2026-10-28.endive';

/**
 * Stripe, by payment intents that are authorised first and captured later.
 *
 * What creates something carries an idempotency key, so that a repeated request finds what the first one made; a void of a payment that Stripe never
 * heard of takes its key, so that no request that is still on its way can authorise it. A capture and a void carry none: an
 * intent can only be captured or cancelled once anyway, while under a key Stripe would repeat its first answer for a day, errors included. What they
 * cannot do because it was done, or undone, is seen from where the intent stands.
 */
export class StripePayments extends PaymentProvider {
  readonly name = 'stripe';
  readonly defaultToken = null;
  private readonly stripe: Stripe;
  private readonly webhookSecret: string;

  constructor({ secretKey, webhookSecret, apiBase, timeoutMs = 20_000, retries = 1 }: StripePaymentsOptions) {
    super();
    if (webhookSecret.trim() === '') throw new Error('Stripe’s webhook secret is empty');
    this.webhookSecret = webhookSecret;
    const settings = { apiVersion: API_VERSION, timeout: timeoutMs, maxNetworkRetries: retries, telemetry: false } as const;
    this.stripe = new Stripe(secretKey, { ...settings, ...(apiBase && addressOf(apiBase)) });
  }

  async authorise(charge: Charge): Promise<AuthoriseAnswer> {
    const created = await this.create(charge);
    if ('intent' in created) return authoriseAnswer(created.intent);
    const { verdict } = created;
    return { status: 'declined', reference: verdict.payment_intent?.id ?? null, code: codeOf(verdict) };
  }

  async capture(charge: KnownCharge): Promise<CaptureAnswer> {
    const id = charge.reference ?? (await this.learn(charge));
    if (id === null) return { status: 'refused', code: 'charge_unknown' };
    const { intent, verdict } = await this.move(id, () => this.stripe.paymentIntents.capture(id));
    if (intent?.status === 'succeeded') return { status: 'captured' };
    if (intent?.status === 'processing') return { status: 'pending' };
    return { status: 'refused', code: verdict ? codeOf(verdict) : (intent?.status ?? 'charge_unknown') };
  }

  async void(charge: KnownCharge): Promise<VoidAnswer> {
    const id = charge.reference ?? (await this.learn(charge, async () => (await this.reserve(charge)) ?? this.create(charge)));
    if (id === null) return { status: 'voided' };
    const { intent } = await this.move(id, () => this.stripe.paymentIntents.cancel(id));
    if (!intent || intent.status === 'canceled') return { status: 'voided' };
    if (intent.status !== 'succeeded') throw unavailable(`the intent is ${intent.status} and cannot be cancelled now`, { reference: id });
    return { status: 'captured', reference: id, amount: fromMinor(intent.amount_received, intent.currency.toUpperCase()) };
  }

  async refund(charge: KnownCharge, asked: { readonly refundId: string; readonly amount: Money }): Promise<RefundAnswer> {
    const amount = toMinor(asked.amount);
    const intent = charge.reference ?? (await this.learn(charge));
    if (intent === null) return { status: 'refused', code: 'charge_unknown' };
    const metadata = { payment_id: charge.paymentId, refund_id: asked.refundId };
    try {
      const { standing, failed } = await this.refundsOf(intent, asked.refundId);
      // Under the key of an attempt that failed Stripe would tell of that attempt again.
      const idempotencyKey = `refund:${charge.paymentId}:${asked.refundId}${failed > 0 ? `:${failed}` : ''}`;
      const refund = standing ?? (await this.stripe.refunds.create({ payment_intent: intent, amount, metadata }, { idempotencyKey }));
      if (refund.amount !== amount) throw requestChanged(asked.refundId);
      return refundAnswer(refund);
    } catch (error) {
      if (isVerdict(error)) return { status: 'refused', code: codeOf(error) };
      throw refusalOf(error, asked.refundId);
    }
  }

  notice(body: string, headers: Readonly<Record<string, string | undefined>>, now: Date): ProviderNotice | null {
    return stripeNotice(this.stripe.webhooks, this.webhookSecret, body, headers['stripe-signature'], now);
  }

  /** Makes the payment's intent, or learns what became of the first time that it was asked for. */
  private async create(charge: Charge): Promise<Created> {
    const created = await this.under(charge.paymentId, { ...paramsOf(charge), payment_method: charge.token, confirm: true });
    // Either it was voided before it was asked for, or it was asked for with other figures.
    const known = created ?? (await this.reserve(charge));
    if (known) return known;
    throw requestChanged(charge.paymentId);
  }

  /** Takes the payment's key with an intent that no card is asked for; null where the payment was asked for before. */
  private reserve(charge: Charge): Promise<Created | null> {
    return this.under(charge.paymentId, { ...paramsOf(charge), confirm: false });
  }

  /** Null where the payment's key stands for another request. */
  private async under(paymentId: string, params: Stripe.PaymentIntentCreateParams): Promise<Created | null> {
    try {
      return { intent: await this.stripe.paymentIntents.create(params, { idempotencyKey: `authorise:${paymentId}` }) };
    } catch (error) {
      if (isOfOtherRequest(error)) return null;
      if (isVerdict(error)) return { verdict: error };
      throw refusalOf(error, paymentId);
    }
  }

  /** The id of an intent whose answer never came; null where Stripe has none. */
  private async learn(charge: Charge, ask = () => this.create(charge)): Promise<string | null> {
    try {
      const created = await ask();
      return 'intent' in created ? created.intent.id : (created.verdict.payment_intent?.id ?? null);
    } catch (failure) {
      // Stripe repeats an error of its own for a day, though the intent may be there.
      const found = await this.find(charge.paymentId).catch(() => null);
      if (found === null) throw failure;
      return found;
    }
  }

  /** Stripe's search lags behind by a minute or so: what it does not find may still be there. */
  private async find(paymentId: string): Promise<string | null> {
    const quoted = paymentId.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
    const { data } = await this.stripe.paymentIntents.search({ query: `metadata['payment_id']:'${quoted}'`, limit: 1 });
    return data[0]?.id ?? null;
  }

  /** Takes an intent on; where Stripe will not, it is seen where the intent stands, and there is none if even that is unknown. */
  private async move(id: string, step: () => Promise<Intent>): Promise<{ readonly intent: Intent | null; readonly verdict?: Verdict }> {
    try {
      return { intent: await step() };
    } catch (error) {
      if (!isVerdict(error)) throw refusalOf(error, id);
      return { intent: await this.read(id), verdict: error };
    }
  }

  private async read(id: string): Promise<Intent | null> {
    try {
      return await this.stripe.paymentIntents.retrieve(id);
    } catch (error) {
      if (isVerdict(error)) return null;
      throw refusalOf(error, id);
    }
  }

  /** The refund by our id, however long ago: Stripe forgets an idempotency key after a day, and would give the money back again. */
  private async refundsOf(intent: string, refundId: string): Promise<{ readonly standing: Stripe.Refund | undefined; readonly failed: number }> {
    const all = await this.stripe.refunds.list({ payment_intent: intent, limit: 100 }).autoPagingToArray({ limit: 10_000 });
    const own = all.filter(({ metadata }) => metadata?.['refund_id'] === refundId);
    return { standing: own.find((refund) => !hasFailed(refund)), failed: own.filter(hasFailed).length };
  }
}

function authoriseAnswer({ id, status, last_payment_error: error }: Intent): AuthoriseAnswer {
  switch (status) {
    case 'requires_capture':
    case 'succeeded':
      return { status: 'authorised', reference: id };
    case 'canceled':
    case 'requires_payment_method':
      return { status: 'declined', reference: id, code: error?.code ?? status };
    default:
      return { status: 'pending', reference: id };
  }
}

const hasFailed = ({ status }: Stripe.Refund): boolean => status === 'failed' || status === 'canceled';

function refundAnswer(refund: Stripe.Refund): RefundAnswer {
  const { id, status, failure_reason: reason } = refund;
  if (status === 'succeeded') return { status: 'refunded', attempt: id };
  return hasFailed(refund) ? { status: 'refused', code: reason ?? status ?? 'failed' } : { status: 'pending' };
}
