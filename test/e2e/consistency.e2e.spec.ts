import { randomUUID } from 'node:crypto';
import { day } from '../support/days.js';
import { Shop, type Person } from '../support/shop-client.js';

interface Sales {
  readonly totals: { readonly orders: number; readonly units: number; readonly gross: string; readonly cancelled: string; readonly net: string };
  readonly freshness: Record<string, { readonly position: number; readonly lagMs: number }>;
}

describe('a Consistency-Token', () => {
  let shop: Shop;
  let customer: Person;
  let sku: string;
  beforeAll(async () => {
    shop = await Shop.open();
    [customer, sku] = await Promise.all([shop.customer(), shop.product({ amount: '2.50' })]);
  });
  afterAll(() => shop?.close());

  const question = (): string => `/analytics/sales?from=${day(-1)}&to=${day(2)}&grain=day`;
  const place = () => customer.post('/orders', { lines: [{ sku, quantity: 2 }], country: 'France' });

  it('makes a question wait for the order that it came from, fifteen times out of fifteen', async () => {
    for (let orders = 1; orders <= 15; orders++) {
      const placed = await place();
      expect(placed.status).toBe(201);
      const { status, body } = await shop.admin.get<Sales>(question(), { 'consistency-token': placed.headers.get('consistency-token')! });
      expect(status).toBe(200);
      expect(body.totals).toMatchObject({ orders, units: orders * 2, gross: `${orders * 5}.00` });
      expect(body.freshness['ordering']!.position).toBeGreaterThanOrEqual(orders);
    }
  });

  it('covers a cancellation, which leaves the order where it was placed', async () => {
    const before = (await shop.admin.get<Sales>(question())).body.totals;
    const placed = await place();
    const cancelled = await customer.post(`/orders/${String(placed.body['id'])}/cancel`, {});
    const { body } = await shop.admin.get<Sales>(question(), { 'consistency-token': cancelled.headers.get('consistency-token')! });
    expect(body.totals).toMatchObject({ orders: before.orders + 1, cancelled: '5.00', net: before.net });
  });

  it('holds through a crash between the answer and the landing', async () => {
    const before = (await shop.admin.get<Sales>(question())).body.totals;
    const placed = await place();
    await shop.server.kill9();
    await shop.server.restart();
    const { status, body } = await shop.admin.get<Sales>(question(), { 'consistency-token': placed.headers.get('consistency-token')! });
    expect(status).toBe(200);
    expect(body.totals.orders).toBe(before.orders + 1);
  });

  it('that no event will ever answer is given up on, in bounded time', async () => {
    const { status, body } = await shop.admin.get<{ code: string }>(question(), { 'consistency-token': `ordering=${randomUUID()}` });
    expect([status, body.code]).toEqual([expect.any(Number), 'consistency-token.timeout']);
    expect(status).toBeGreaterThanOrEqual(400);
  });

  it.each(['ordering', 'ordering=1', 'nothing at all'])('is refused where it is malformed: %s', async (token) => {
    const { status, body } = await shop.admin.get<{ code: string }>(question(), { 'consistency-token': token });
    expect([status, body.code]).toEqual([400, 'consistency-token.malformed']);
  });
});
