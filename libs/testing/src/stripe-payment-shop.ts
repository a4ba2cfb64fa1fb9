import { PolicyBreakers } from '@adapters/runtime/src/resilience/policy-breakers.js';
import { GuardedPayments } from '@adapters/payments/src/guarded-payments.js';
import { StripePayments } from '@adapters/payments/src/stripe/stripe-payments.js';
import type { AnySaga } from '@kernel/saga.js';
import type { Breakers } from '@kernel/ports/breakers.js';
import { FakeStripe } from './fake-stripe.js';
import { SagaEngine } from './saga-world-engine.js';
import { WorldShop } from './saga-world-shop.js';

/** Of the breaker: short, so that nobody waits for it in a test. */
const RETRY_AFTER_MS = 20;

/** A shop and its sagas in memory, paid through Stripe's adapter and its breaker, with a fake of Stripe behind them. */
export async function stripePaymentShop(sagas: readonly AnySaga[]) {
  const fake = await FakeStripe.start();
  const policies = new PolicyBreakers();
  const breakers: Breakers = { make: (name, options) => policies.make(name, { ...options, retryAfterMs: RETRY_AFTER_MS }) };
  const { secretKey, webhookSecret, url: apiBase } = fake;
  const provider = new GuardedPayments(new StripePayments({ secretKey, webhookSecret, apiBase, retries: 0 }), breakers);
  const clock = { now: '2026-11-21T10:00:00.000Z' };
  const times = { now: () => clock.now, forgetful: false };
  const shop: WorldShop = new WorldShop(provider, { ...times, onAppend: (event) => engine.onAppend(event) });
  const engine: SagaEngine = new SagaEngine(sagas, shop, times);
  return {
    fake,
    shop,
    engine,
    clock,
    close: async () => {
      policies.stop();
      await fake.close();
    },
  };
}
