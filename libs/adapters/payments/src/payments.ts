import type { Breakers } from '@kernel/ports/breakers.js';
import type { PaymentProvider } from '@kernel/ports/payment-provider.js';
import { GuardedPayments } from './guarded-payments.js';
import { callbackBreaker } from './simulated/callbacks.js';
import { SimulatedPayments, type SimulatedPaymentsOptions } from './simulated/simulated-payments.js';
import { StripePayments, type StripePaymentsOptions } from './stripe/stripe-payments.js';

export type PaymentsOptions = { readonly breakers: Breakers } & (
  ({ readonly provider: 'simulated' } & SimulatedPaymentsOptions) | ({ readonly provider: 'stripe' } & StripePaymentsOptions)
);

/** A provider with what runs beside it in this process. */
export interface Payments {
  readonly provider: PaymentProvider;
  /** Call once the server listens: the simulated service calls back from now on, Stripe does so by itself. */
  start(callbackUrl: string): void;
  /** Call before the databases close. */
  stop(): Promise<void>;
}

/** The payment service that the configuration names. */
export function payments(options: PaymentsOptions): Payments {
  const { breakers } = options;
  if (options.provider === 'stripe') {
    return { provider: new GuardedPayments(new StripePayments(options), breakers), start: () => undefined, stop: async () => undefined };
  }
  // Its book is a database of ours; only what it calls back is a call out of the house.
  const provider = new SimulatedPayments({ ...options, callbackBreaker: callbackBreaker(breakers) });
  return { provider, start: (callbackUrl) => provider.start(callbackUrl), stop: () => provider.stop() };
}
