import type { Charge } from '@kernel/ports/payment-provider.js';
import type { Stripe } from 'stripe';
import { toMinor } from '../minor-units.js';

/** What every intent of ours is made with, whether a card is asked for it or not. */
export const paramsOf = ({ paymentId, amount }: Charge): Stripe.PaymentIntentCreateParams => ({
  amount: toMinor(amount),
  currency: amount.currency.toLowerCase(),
  capture_method: 'manual',
  // The customer is not there to be sent to a bank's page.
  automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
  description: `Payment ${paymentId}`,
  metadata: { payment_id: paymentId },
});

/** @throws Error where it is more than an origin */
export function addressOf(base: string): { protocol: 'http' | 'https'; host: string; port: number } {
  const { protocol, hostname, port, pathname, search } = new URL(base);
  if (!/^https?:$/.test(protocol) || pathname !== '/' || search !== '') throw new Error(`not the address of an API: ${base}`);
  const secure = protocol === 'https:';
  return { protocol: secure ? 'https' : 'http', host: hostname, port: Number(port || (secure ? 443 : 80)) };
}
