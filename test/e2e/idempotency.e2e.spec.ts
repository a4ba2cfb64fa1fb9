import { randomUUID } from 'node:crypto';
import { Shop, type Answer, type Person } from '../support/shop-client.js';

const CLIENTS = 20;

describe('the Idempotency-Key', () => {
  let shop: Shop;
  let customer: Person;
  let sku: string;
  beforeAll(async () => {
    shop = await Shop.open();
    [customer, sku] = await Promise.all([shop.customer(), shop.product()]);
  });
  afterAll(() => shop?.close());

  const place = (who: Person, key: string, quantity = 1): Promise<Answer> =>
    who.post('/orders', { lines: [{ sku, quantity }], country: 'United Kingdom' }, { 'idempotency-key': key });
  const orders = async (who: Person): Promise<unknown[]> => (await who.get<{ items: unknown[] }>('/orders')).body.items;

  it('has one effect from twenty clients at once', async () => {
    const [who, key] = [await shop.customer(), randomUUID()];
    const answers = await Promise.all(Array.from({ length: CLIENTS }, () => place(who, key)));
    const accepted = answers.filter(({ status }) => status === 201);
    expect(new Set(accepted.map(({ body }) => body['id'])).size).toBe(1);
    for (const { status, body } of answers) if (status !== 201) expect([status, body['code']]).toEqual([409, 'idempotency.in-flight']);
    expect(await orders(who)).toHaveLength(1);
    const again = await place(who, key);
    expect(again.status).toBe(201);
    expect(again.body).toEqual(accepted[0]!.body);
  });

  it('is answered again as the first time, headers included, and says so', async () => {
    const [key, before] = [randomUUID(), (await orders(customer)).length];
    const [first, again] = [await place(customer, key), await place(customer, key)];
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    for (const header of ['location', 'etag', 'consistency-token']) expect(again.headers.get(header)).toBe(first.headers.get(header));
    expect(await orders(customer)).toHaveLength(before + 1);
  });

  it('is each principal’s own', async () => {
    const [key, other] = [randomUUID(), await shop.customer()];
    const [mine, theirs] = [await place(customer, key), await place(other, key)];
    expect([mine.status, theirs.status]).toEqual([201, 201]);
    expect(theirs.body['id']).not.toBe(mine.body['id']);
    expect(theirs.headers.get('idempotent-replayed')).toBeNull();
  });

  it('is each route’s own', async () => {
    const key = randomUUID();
    const { body } = await place(customer, key);
    const cancelled = await customer.post(`/orders/${String(body['id'])}/cancel`, { reason: 'changed my mind' }, { 'idempotency-key': key });
    expect([cancelled.status, cancelled.body['status']]).toEqual([200, 'cancelled']);
  });

  it('refuses another body, and another order under the same body', async () => {
    const key = randomUUID();
    const [one, other] = [await place(customer, key), await place(customer, randomUUID())];
    const changed = await place(customer, key, 2);
    expect([changed.status, changed.body['code']]).toEqual([422, 'idempotency.key-reused']);
    const cancel = { reason: 'changed my mind' };
    const cancelKey = { 'idempotency-key': randomUUID() };
    expect((await customer.post(`/orders/${String(one.body['id'])}/cancel`, cancel, cancelKey)).status).toBe(200);
    const misused = await customer.post(`/orders/${String(other.body['id'])}/cancel`, cancel, cancelKey);
    expect([misused.status, misused.body['code']]).toEqual([422, 'idempotency.key-reused']);
  });

  it('is not used up by a request that was refused', async () => {
    const key = randomUUID();
    const refused = await customer.post(
      '/orders',
      { lines: [{ sku: 'nowhere', quantity: 1 }], country: 'United Kingdom' },
      { 'idempotency-key': key },
    );
    expect([refused.status, refused.body['code']]).toEqual([400, 'ordering.product-unknown']);
    expect((await place(customer, key)).status).toBe(201);
  });

  it('is remembered after a crash', async () => {
    const key = randomUUID();
    const first = await place(customer, key);
    await shop.server.kill9();
    await shop.server.restart();
    const again = await place(customer, key);
    expect([again.status, again.body]).toEqual([201, first.body]);
  });

  it.each(['', ' ', 'x'.repeat(256), 'tab\there'])('is refused where it is malformed: %j', async (key) => {
    const { status, body } = await place(customer, key);
    expect([status, body['code']]).toEqual([400, 'idempotency.key-malformed']);
  });
});
