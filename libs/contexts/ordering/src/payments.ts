import { Injectable } from '@nestjs/common';
import { Aggregates, type Repository } from '@kernel/ports/aggregates.js';
import type { KnownCharge } from '@kernel/ports/payment-provider.js';
import { paymentStatus } from './domain/payment-status.js';
import { payment, refundedOf, type Due, type Payment, type PaymentCommand, type PaymentEvent } from './domain/payment.js';

export { PAYMENT_STATUSES } from './domain/payment-status.js';

/** The payments of orders, one each, known by the order's id. */
@Injectable()
export class Payments {
  readonly repository: Repository<Payment, PaymentCommand, PaymentEvent>;

  constructor(aggregates: Aggregates) {
    this.repository = aggregates.of('ordering', { decider: payment, stream: (orderId) => `payment-${orderId}` });
  }
}

/** What has become of a payment, in the order's currency. */
export interface PaymentFigures {
  readonly status: string;
  readonly authorised: string;
  readonly captured: string;
  readonly refunded: string;
  /** Why it was declined, or why a refund has not arrived: the provider's code. */
  readonly failure: string | null;
}

export const toFigures = (state: Payment): PaymentFigures => ({
  status: paymentStatus(state),
  authorised: state.authorised,
  captured: state.captured,
  refunded: refundedOf(state),
  failure: state.failure?.code ?? null,
});

/** What is due as a command asks for it, by the provider in use. */
export const dueAt = (provider: string, { orderId, amount, currency, token }: Omit<Due, 'provider'>): Due => ({
  orderId,
  provider,
  amount,
  currency,
  token,
});

/** What an order asks for, as the facts of its payment tell; there must be some. */
export function dueOf(orderId: string, provider: string, state: Payment): Due {
  const { authorised: amount, currency, token } = state;
  if (currency === null || token === null) throw new Error(`nothing is known yet of the payment of ${orderId}`);
  return { orderId, provider, amount, currency, token };
}

/** A payment as its provider is asked about it. */
export const chargeOf = ({ orderId, amount, currency, token }: Due, { reference }: Payment): KnownCharge => ({
  paymentId: orderId,
  amount: { amount, currency },
  token,
  reference,
});
