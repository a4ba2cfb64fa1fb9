import { randomUUID } from 'node:crypto';
import type { Charge, KnownCharge, PaymentProvider, ProviderNotice } from '@kernel/ports/payment-provider.js';

/** A callback as the provider posts it. */
export interface PostedCallback {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What the provider itself has of a payment. */
export interface ProvidersWord {
  readonly charges: number;
  /** Set apart, neither captured nor voided. */
  readonly held: string;
  readonly captured: string;
  readonly refunded: string;
}

/** A provider, its service behind it, and a way to look into that. */
export interface ProviderUnderTest {
  readonly provider: PaymentProvider;
  /** Amounts that it cannot charge exactly. */
  readonly unchargeable: readonly (readonly [amount: string, currency: string])[];
  readonly tokens: { readonly approve: string; readonly decline: string; readonly pending: string };
  /** From now on answers get lost; a token to try it with. */
  loseAnswers(): Promise<string>;
  findAnswers(): Promise<void>;
  /** What the service had accepted to give back fails. */
  failRefund(paymentId: string, refundId: string): Promise<void>;
  word(paymentId: string): Promise<ProvidersWord>;
  /** What the service tells of this, signed at a time. */
  callback(notice: Omit<ProviderNotice, 'id' | 'occurredAt'>, at: Date): PostedCallback;
  close(): Promise<void>;
}

export const GBP = (amount: string) => ({ amount, currency: 'GBP' });

/** A charge that nobody has asked for yet. */
export const newCharge = (token: string, amount = '12.34', currency = 'GBP'): Charge => ({
  paymentId: randomUUID(),
  amount: { amount, currency },
  token,
});

/** Asks for a charge; what is known of it afterwards. */
export const asked = async (provider: PaymentProvider, charge: Charge): Promise<KnownCharge> => ({
  ...charge,
  reference: (await provider.authorise(charge)).reference,
});
