import type { PaymentProvider } from '@kernel/ports/payment-provider.js';
import { SimulatedPayments, type SimulatedPaymentsOptions } from './simulated/simulated-payments.js';
import { StripePayments, type StripePaymentsOptions } from './stripe/stripe-payments.js';

export type PaymentsOptions =
  ({ readonly provider: 'simulated' } & SimulatedPaymentsOptions) | ({ readonly provider: 'stripe' } & StripePaymentsOptions);

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
  if (options.provider === 'stripe') return { provider: new StripePayments(options), start: () => undefined, stop: async () => undefined };
  const provider = new SimulatedPayments(options);
  return { provider, start: (callbackUrl) => provider.start(callbackUrl), stop: () => provider.stop() };
}
