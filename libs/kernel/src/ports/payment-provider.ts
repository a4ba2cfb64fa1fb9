import type { Money } from '../money.js';

/** What is to be paid, and with what. */
export interface Charge {
  /** Ours; the provider knows the payment by it as its merchant reference, and every request's idempotency key is made of it. */
  readonly paymentId: string;
  readonly amount: Money;
  /** The provider's name for the customer's means of payment; never a card number. */
  readonly token: string;
}

/** A payment that the provider may have given a reference of its own; null where its answer never came. */
export interface KnownCharge extends Charge {
  readonly reference: string | null;
}

export type AuthoriseAnswer =
  | { readonly status: 'authorised'; readonly reference: string }
  | { readonly status: 'declined'; readonly reference: string | null; readonly code: string }
  /** A callback will tell. */
  | { readonly status: 'pending'; readonly reference: string | null };
export type CaptureAnswer = { readonly status: 'captured' } | { readonly status: 'pending' } | { readonly status: 'refused'; readonly code: string };
export type VoidAnswer =
  | { readonly status: 'voided' }
  /** Too late: the money has moved, and must be given back by a refund. */
  | { readonly status: 'captured'; readonly reference: string; readonly amount: Money };
/** `attempt` is the provider's own name of what it did: it can fail later, and be followed by another under the same refund's id. */
export type RefundAnswer =
  { readonly status: 'refunded'; readonly attempt: string } | { readonly status: 'pending' } | { readonly status: 'refused'; readonly code: string };

/** What a provider tells by itself, once verified. `id` is the provider's, the same each time that it is sent. */
export interface ProviderNotice {
  readonly id: string;
  readonly paymentId: string;
  readonly reference: string;
  readonly type: 'pending' | 'authorised' | 'declined' | 'captured' | 'voided' | 'refunded' | 'refund-failed';
  readonly amount: Money;
  /** Of a refusal or a failure. */
  readonly code?: string;
  /** Of a refund: the id that it was asked with. */
  readonly refundId?: string;
  /** Of a refund, also of one that failed after it was accepted: the provider's name of this attempt. */
  readonly attempt?: string;
  readonly occurredAt: string;
}

/**
 * A payment service. Every request may be repeated with the same effect: authorise, capture and void by the payment's id, a refund by the
 * payment's and its own. An amount is refused as `payment.amount-not-representable` (kind `invalid`) where the provider cannot move exactly it.
 * All but `notice` throw Refusal `payment.provider-unavailable` (kind `unavailable`) where it is not known what the provider did, and
 * `payment.request-changed` (kind `conflict`) where an id comes back with another amount, currency or token.
 */
export abstract class PaymentProvider {
  /** kebab-case; names the callback's route. */
  abstract readonly name: string;
  /** The token of an order that names none, or null where each must. */
  abstract readonly defaultToken: string | null;
  /** Sets the amount apart. Asked again, it tells what came of the first time, or how that went on: never that nothing was asked for. */
  abstract authorise(charge: Charge): Promise<AuthoriseAnswer>;
  /** Takes all that is set apart. Refused where nothing is. */
  abstract capture(charge: KnownCharge): Promise<CaptureAnswer>;
  /** Frees what is set apart, or will be: of a payment that is voided nothing is ever taken, even if it was never asked for. */
  abstract void(charge: KnownCharge): Promise<VoidAnswer>;
  /** Gives back a part of what was captured, or all; refused where the refunds would come to more. One that failed since is made anew. */
  abstract refund(charge: KnownCharge, refund: { readonly refundId: string; readonly amount: Money }): Promise<RefundAnswer>;
  /**
   * Verifies a callback over its raw body and reads it; null for one that says nothing of a payment.
   * @throws Refusal `payment.callback-unsigned` or `payment.callback-expired` (kind `unauthenticated`), `payment.callback-malformed` (kind `invalid`)
   */
  abstract notice(body: string, headers: Readonly<Record<string, string | undefined>>, now: Date): ProviderNotice | null;
}
