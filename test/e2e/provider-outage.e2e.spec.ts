import { eventually } from '@testing/eventually.js';
import { FakeStripe } from '@testing/fake-stripe.js';
import { orderShows, sagaShows } from '../support/fulfilment.js';
import { Shop, type Person } from '../support/shop-client.js';

describe('while the payment provider is away', () => {
  let stripe: FakeStripe;
  let shop: Shop;
  let customer: Person;
  beforeAll(async () => {
    stripe = await FakeStripe.start();
    const { url, secretKey, webhookSecret } = stripe;
    const env = { PAYMENT_PROVIDER: 'stripe', STRIPE_API_BASE: url, STRIPE_SECRET_KEY: secretKey, STRIPE_WEBHOOK_SECRET: webhookSecret };
    shop = await Shop.open({ env: { ...env, PAYMENT_DEADLINE_SECONDS: '600' } });
    customer = await shop.customer();
  });
  afterAll(async () => {
    await shop?.close();
    await stripe?.close();
  });

  const place = async (): Promise<string> => {
    const lines = [{ sku: await shop.product({ amount: '12.50', stock: 5 }), quantity: 1 }];
    const { status, body } = await customer.post('/orders', { lines, country: 'France', payment: { token: 'pm_card_visa' } });
    expect(status).toBe(201);
    return String(body['id']);
  };

  it('keeps the orders that are placed, confirms them once it is back, and asks no card for one that was cancelled', async () => {
    stripe.fault = 'failing';
    const [kept, cancelled] = [await place(), await place()];
    await eventually(async () => expect(stripe.requests.length).toBeGreaterThan(2));
    await sagaShows(shop, 'fulfilment', kept, { status: 'running', step: 'authorise-payment' });
    expect((await customer.post(`/orders/${cancelled}/cancel`, { reason: 'changed my mind' })).status).toBe(200);
    await orderShows(customer, cancelled, { status: 'cancelled' });
    stripe.fault = null;
    await orderShows(customer, kept, { status: 'confirmed', payment: { status: 'authorised', authorised: '12.50' } });
    await sagaShows(shop, 'fulfilment', cancelled, { status: 'ended', outcome: 'cancelled' });
    const statuses = [...stripe.ledger.intents.values()].map(({ metadata, status }) => [metadata['payment_id'], status]);
    expect(Object.fromEntries(statuses)).toEqual({ [kept]: 'requires_capture', [cancelled]: 'canceled' });
    expect(stripe.ledger.events.filter(({ type }) => type === 'payment_intent.amount_capturable_updated')).toHaveLength(1);
  });
});
