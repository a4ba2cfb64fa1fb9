import { PolicyBreakers } from '@adapters/runtime/src/resilience/policy-breakers.js';
import { FakeStripe } from '@testing/fake-stripe.js';
import { GBP, newCharge } from '@testing/payment-provider-under-test.js';
import { GuardedPayments } from './guarded-payments.js';
import { StripePayments } from './stripe/stripe-payments.js';

const UNAVAILABLE = expect.objectContaining({ code: 'payment.provider-unavailable', kind: 'unavailable' });

describe('a payment service behind a breaker', () => {
  let fake: FakeStripe;
  let breakers: PolicyBreakers;
  let provider: GuardedPayments;
  beforeEach(async () => {
    fake = await FakeStripe.start();
    breakers = new PolicyBreakers();
    const stripe = new StripePayments({ secretKey: fake.secretKey, webhookSecret: fake.webhookSecret, apiBase: fake.url, retries: 0 });
    provider = new GuardedPayments(stripe, breakers);
  });
  afterEach(async () => {
    breakers.stop();
    await fake.close();
  });

  it('does what it would without one', async () => {
    const charge = newCharge('pm_card_visa');
    const { reference } = await provider.authorise(charge);
    const known = { ...charge, reference };
    expect(await provider.capture(known)).toEqual({ status: 'captured' });
    expect(await provider.refund(known, { refundId: 'r', amount: GBP('1.00') })).toMatchObject({ status: 'refunded' });
    const other = newCharge('pm_card_visa');
    expect(await provider.void({ ...other, reference: (await provider.authorise(other)).reference })).toEqual({ status: 'voided' });
  });

  it('is not asked any more once it failed some times in a row', async () => {
    fake.fault = 'unreachable';
    for (let times = 0; times < 5; times++) await expect(provider.authorise(newCharge('pm_card_visa'))).rejects.toEqual(UNAVAILABLE);
    fake.fault = null;
    const asked = fake.requests.length;
    await expect(provider.authorise(newCharge('pm_card_visa'))).rejects.toEqual(UNAVAILABLE);
    expect(fake.requests.length).toBe(asked);
  });

  it('may decline as often as it likes', async () => {
    for (let times = 0; times < 8; times++) {
      expect(await provider.authorise(newCharge('pm_card_chargeDeclined'))).toMatchObject({ status: 'declined' });
    }
    expect(await provider.authorise(newCharge('pm_card_visa'))).toMatchObject({ status: 'authorised' });
  });
});
