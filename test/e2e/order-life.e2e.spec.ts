import { setTimeout as pause } from 'node:timers/promises';
import { Shop, type Person } from '../support/shop-client.js';

interface Order {
  readonly id: string;
  readonly status: string;
  readonly version: number;
  readonly total: { readonly amount: string; readonly currency: string };
}

/** A payment of which nothing is heard while these tests run: the order stays placed until somebody cancels it. */
const payment = { token: 'tok_late' };

describe('an order', () => {
  let shop: Shop;
  let customer: Person;
  let sku: string;
  beforeAll(async () => {
    shop = await Shop.open({ env: { SIMULATED_PAYMENT_DELAY_MS: '3600000' } });
    [customer, sku] = await Promise.all([shop.customer(), shop.product({ amount: '2.555' })]);
  });
  afterAll(() => shop?.close());

  const place = async (quantity = 3, who = customer): Promise<Order> => {
    const { status, body } = await who.post<Order>('/orders', { lines: [{ sku, quantity }], country: 'United Kingdom', payment });
    expect(status).toBe(201);
    return body;
  };
  /** An order whose goods and payment are set apart, and which is confirmed by that. */
  const buy = async (): Promise<Order> => {
    const { status, body } = await customer.post<Order>(
      '/orders',
      { lines: [{ sku, quantity: 3 }], country: 'United Kingdom', payment: { token: 'tok_approve' } },
      { prefer: 'wait=30' },
    );
    expect([status, body.status, body.version]).toEqual([201, 'confirmed', 2]);
    return body;
  };
  const move = (id: string, step: string, headers: Record<string, string> = {}) =>
    shop.admin.post<Order>(`/orders/${id}/${step}`, undefined, headers);

  it('is answered with its place, its version and what it costs to the last tenth of a penny', async () => {
    const { status, headers, body } = await customer.post<Order>('/orders', { lines: [{ sku, quantity: 3 }], country: 'United Kingdom', payment });
    expect(status).toBe(201);
    expect(body).toEqual({ id: expect.any(String), status: 'placed', total: { amount: '7.665', currency: 'GBP' }, version: 1 });
    expect(headers.get('location')).toBe(`/api/v1/orders/${body.id}`);
    expect(headers.get('etag')).toBe('"1"');
    expect(headers.get('consistency-token')).toMatch(/^ordering=[0-9a-f-]{36}$/);
    const read = await customer.get<Order>(`/orders/${body.id}`, { 'consistency-token': headers.get('consistency-token')! });
    expect(read.headers.get('etag')).toMatch(/^"1\./);
    expect(read.body).toMatchObject({
      ...body,
      customerId: customer.id,
      country: 'United Kingdom',
      units: 3,
      lines: [{ sku, quantity: 3, unitPrice: '2.555', lineTotal: '7.665' }],
    });
  });

  it('goes from placed to delivered, one step at a time', async () => {
    const { id } = await buy();
    for (const [index, [step, status]] of [
      ['ship', 'shipped'],
      ['deliver', 'delivered'],
    ].entries()) {
      const moved = await move(id, step!);
      expect([moved.status, moved.body.status, moved.body.version, moved.headers.get('etag')]).toEqual([200, status, index + 3, `"${index + 3}"`]);
    }
    const { body } = await customer.get<{ type: string; streamVersion: number; actor: string }[]>(`/orders/${id}/history`);
    expect(body.map(({ type, streamVersion }) => [streamVersion, type])).toEqual([
      [1, 'ordering.OrderPlaced'],
      [2, 'ordering.OrderConfirmed'],
      [3, 'ordering.OrderShipped'],
      [4, 'ordering.OrderDelivered'],
    ]);
    expect(body[0]!.actor).toBe(customer.id);
    expect(body[1]!.actor).not.toBe(customer.id);
  });

  it.each([
    ['ship', 'placed', [], 'ordering.order-not-shippable'],
    ['confirm', 'placed', [], 'ordering.order-not-secured'],
    ['deliver', 'confirmed', [], 'ordering.order-not-deliverable'],
    ['confirm', 'confirmed', [], 'ordering.order-not-confirmable'],
    ['confirm', 'placed', ['cancel'], 'ordering.order-not-confirmable'],
    ['cancel', 'confirmed', ['ship'], 'ordering.order-not-cancellable'],
  ])('refuses to %s what is %s, after %j', async (step, status, before, code) => {
    const { id } = status === 'placed' ? await place() : await buy();
    for (const earlier of before) expect((await shop.admin.post(`/orders/${id}/${earlier}`, earlier === 'cancel' ? {} : undefined)).status).toBe(200);
    const refused = await shop.admin.post(`/orders/${id}/${step}`, step === 'cancel' ? {} : undefined);
    expect([refused.status, refused.body['code']]).toEqual([409, code]);
  });

  it('moves on only from the version that the caller has seen', async () => {
    const { id } = await buy();
    const stale = await move(id, 'ship', { 'if-match': '"1"' });
    expect([stale.status, stale.body]).toEqual([412, expect.objectContaining({ code: 'concurrency.stale-version', expected: 1, actual: 2 })]);
    expect((await move(id, 'ship', { 'if-match': '"x"' })).status).toBe(400);
    expect((await move(id, 'ship', { 'if-match': '"2"' })).status).toBe(200);
  });

  it('lets one of ten through that cancel what they all have seen', async () => {
    const { id } = await place();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => customer.post(`/orders/${id}/cancel`, { reason: 'twice' }, { 'if-match': '"1"' })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array.from({ length: 9 }, () => 412)]);
  });

  it('is shown as it was at a version and at an instant', async () => {
    const { id } = await buy();
    await pause(20);
    const between = new Date().toISOString();
    await pause(20);
    await customer.post(`/orders/${id}/cancel`, { reason: 'changed my mind' });
    const status = async (query: string) => (await customer.get<Order>(`/orders/${id}${query}`)).body.status;
    expect(await status('?version=1')).toBe('placed');
    expect(await status('?version=2')).toBe('confirmed');
    expect(await status('?version=3')).toBe('cancelled');
    expect((await customer.get(`/orders/${id}?version=9`)).status).toBe(404);
    expect(await status(`?at=${between}`)).toBe('confirmed');
    expect(await status(`?at=${new Date().toISOString()}`)).toBe('cancelled');
    expect((await customer.get(`/orders/${id}?at=2001-01-01T00:00:00Z`)).status).toBe(404);
  });

  it('is nobody’s business but its customer’s and an administrator’s', async () => {
    const [{ id }, other] = [await place(), await shop.customer()];
    for (const path of [`/orders/${id}`, `/orders/${id}/history`]) {
      expect((await other.get(path)).status).toBe(404);
      expect((await shop.admin.get(path)).status).toBe(200);
      expect((await shop.stranger.get(path)).status).toBe(401);
    }
    expect((await other.post(`/orders/${id}/cancel`, {})).status).toBe(404);
    expect((await customer.post(`/orders/${id}/confirm`)).status).toBe(403);
    const theirs = await other.post('/orders', { lines: [{ sku, quantity: 1 }], country: 'France', customerId: customer.id });
    expect([theirs.status, theirs.body['code']]).toEqual([403, 'ordering.not-your-order']);
    expect((await other.get<{ items: unknown[] }>('/orders')).body.items).toEqual([]);
  });

  it('costs what the catalog says, whatever the client claims', async () => {
    const claimed = await customer.post('/orders', { lines: [{ sku, quantity: 1, unitPrice: '0.01' }], country: 'France' });
    expect(claimed.status).toBe(400);
    const { id } = await place(1);
    await shop.admin.ask('PATCH', `/products/${sku}`, { body: { price: { amount: '9.99', currency: 'GBP' } } });
    expect((await customer.get<Order>(`/orders/${id}`)).body.total.amount).toBe('2.555');
    expect((await place(1)).total.amount).toBe('9.99');
  });

  it('is credited for what has shipped, once', async () => {
    const own = await shop.product({ amount: '1.10' });
    const order = { lines: [{ sku: own, quantity: 3 }], country: 'France', payment: { token: 'tok_approve' } };
    const { body } = await customer.post<Order>('/orders', order, { prefer: 'wait=30' });
    const credit = (quantity: number) =>
      shop.admin.post<Order>(`/orders/${body.id}/credit-notes`, { lines: [{ sku: own, quantity }], reason: 'broken' });
    expect((await credit(1)).status).toBe(409);
    await move(body.id, 'ship');
    const note = await credit(2);
    expect([note.status, note.body.total]).toEqual([201, { amount: '2.20', currency: 'GBP' }]);
    expect((await credit(2)).status).toBeGreaterThanOrEqual(400);
    expect((await credit(1)).status).toBe(201);
  });

  it('is listed page by page, each once', async () => {
    const who = await shop.customer();
    const placed: string[] = [];
    for (let count = 0; count < 7; count++) placed.push((await place(1, who)).id);
    const listed: string[] = [];
    let cursor: string | undefined;
    do {
      const query = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
      const { body } = await who.get<{ items: Order[]; next?: string }>(`/orders?limit=3${query}`);
      listed.push(...body.items.map(({ id }) => id));
      cursor = body.next;
    } while (cursor);
    expect(listed).toEqual(placed.toReversed());
    expect((await who.get(`/orders?cursor=nonsense`)).status).toBe(400);
  });
});
