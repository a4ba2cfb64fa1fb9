import { orderingApp, signed, type OrderingAppUnderTest } from '@testing/ordering-app.js';

let shop: OrderingAppUnderTest;
let count = 0;
beforeAll(async () => {
  shop = await orderingApp({ products: [], customers: [], rateLimit: true });
});
afterAll(() => shop.close());

describe('a payment provider’s callback', () => {
  const call = (body: object | string, headers?: Record<string, string>, name = 'paper') => {
    const payload = typeof body === 'string' ? body : JSON.stringify(body);
    return shop.app.inject({ method: 'POST', url: `/api/v1/payments/callbacks/${name}`, payload, headers: headers ?? signed(payload) });
  };
  const notice = (paymentId: string, type: string, id = `${paymentId}-${type}`) => ({
    id,
    paymentId,
    reference: 'ref',
    type,
    amount: { amount: '5.00', currency: 'GBP' },
    occurredAt: '2026-11-21T10:00:00.000Z',
  });

  it('needs no token but its signature, over the body as it was sent, and is heard once', async () => {
    const id = `o-${++count}`;
    await shop.place(id);
    const body = JSON.stringify(notice(id, 'captured'), null, 3);
    for (const _ of ['first', 'again']) {
      const { statusCode, body: answered } = await call(body);
      expect([statusCode, answered]).toEqual([200, '{"received":true}']);
    }
    const history = await shop.payments.repository.history(id);
    expect(history.map(({ type, actor }) => [type, actor])).toEqual([
      ['ordering.PaymentAuthorised', 'provider:paper'],
      ['ordering.PaymentCaptured', 'provider:paper'],
    ]);
  });

  it('is refused unsigned, and asked to come again for a payment that is not known yet', async () => {
    const id = `o-${++count}`;
    await shop.place(id);
    const body = JSON.stringify(notice(id, 'captured'));
    const forged = await call(`${body} `, signed(body));
    expect([forged.statusCode, forged.json().code]).toEqual([401, 'payment.callback-unsigned']);
    expect((await call(notice('nobody', 'captured'))).json().code).toBe('ordering.payment-not-found');
    expect((await call(body, undefined, 'stripe')).json().code).toBe('payment.provider-unknown');
    expect((await call({ type: 'ping' })).statusCode).toBe(200);
    expect(await shop.payments.repository.history(id)).toEqual([]);
  });

  it('is never too much, unlike a stranger’s other requests', async () => {
    const statuses = new Set<number>();
    for (let times = 0; times < 120; times++) statuses.add((await call({ type: 'ping' })).statusCode);
    expect([...statuses]).toEqual([200]);
  });
});

it('went through without an error of our own', () => expect(shop.logged).toEqual([]));
