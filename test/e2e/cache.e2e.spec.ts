import { eventually } from '@testing/eventually.js';
import { TestRedis } from '@testing/redis-server.js';
import { Shop, type Person } from '../support/shop-client.js';

interface State {
  readonly redis: string;
  readonly namespaces: Readonly<Record<string, { readonly hits: number; readonly misses: number; readonly bypasses: number }>>;
}

describe.each(['memory', 'Redis'])('a shop that caches in %s', (where) => {
  let redis: TestRedis | undefined;
  let shop: Shop;
  let customer: Person;
  let sku: string;
  beforeAll(async () => {
    redis = where === 'Redis' ? await TestRedis.start() : undefined;
    shop = await Shop.open({ env: { REDIS_URL: redis?.url } });
    [customer, sku] = await Promise.all([shop.customer(), shop.product({ amount: '2.50' })]);
  });
  afterAll(async () => {
    await shop?.close();
    await redis?.drop();
  });

  const product = (headers = {}) => customer.get<{ price: { amount: string }; stock: number }>(`/products/${sku}`, headers);
  const state = async () => (await shop.admin.get<State>('/admin/cache')).body;

  it('shows a price as it was set a moment ago, alone and in lists', async () => {
    for (let amount = 3; amount < 13; amount++) {
      await Promise.all([product(), customer.get('/products')]);
      const changed = await shop.admin.ask('PATCH', `/products/${sku}`, { body: { price: { amount: `${amount}`, currency: 'GBP' } } });
      expect(changed.status).toBe(200);
      const { items } = (await customer.get<{ items: { sku: string; price: { amount: string } }[] }>('/products')).body;
      expect([(await product()).body.price.amount, items.find((item) => item.sku === sku)?.price.amount]).toEqual([`${amount}.00`, `${amount}.00`]);
    }
  });

  it('tells how often it helped, and loads anew for who names what must be seen', async () => {
    await product();
    const before = (await state()).namespaces['catalog:product']!;
    await product();
    const placed = await customer.post('/orders', { lines: [{ sku, quantity: 1 }], country: 'France' });
    await product({ 'consistency-token': placed.headers.get('consistency-token')! });
    const after = (await state()).namespaces['catalog:product']!;
    expect(after.hits).toBeGreaterThan(before.hits);
    expect(after.bypasses).toBe(before.bypasses + 1);
    await eventually(async () => {
      expect((await state()).redis).toBe(where === 'Redis' ? 'up' : 'off');
      const metrics = await (await fetch(`${shop.server.url}/metrics`)).text();
      expect(metrics).toMatch(/^cache_hits(_total)?\{.*namespace="catalog:product".*\} [1-9]/m);
      expect(/^cache_redis_up(\{.*\})? 1/m.test(metrics)).toBe(where === 'Redis');
    });
  });

  it('forgets what an administrator purges, and nobody else may', async () => {
    await product();
    const { misses } = (await state()).namespaces['catalog:product']!;
    expect((await shop.admin.ask('DELETE', '/admin/cache/catalog:*')).status).toBe(204);
    await product();
    expect((await state()).namespaces['catalog:product']!.misses).toBe(misses + 1);
    expect((await customer.ask('DELETE', '/admin/cache/catalog:*')).status).toBe(403);
    expect(await shop.admin.ask('DELETE', '/admin/cache/a::b')).toMatchObject({ status: 400, body: { code: 'cache.key-malformed' } });
  });

  it('works on when Redis dies, tells of it, and recovers by itself', async () => {
    if (!redis) return void expect((await state()).redis).toBe('off');
    await redis.kill();
    for (let times = 0; times < 20; times++) expect((await product()).status).toBe(200);
    expect((await state()).redis).toBe('down');
    await redis.restart();
    await eventually(async () => expect((await state()).redis).toBe('up'));
    const told = (text: string): number => shop.server.output().split(text).length - 1;
    expect(told('Redis is away')).toBeGreaterThanOrEqual(1);
    // Once each time that it goes, however many requests go on.
    await eventually(() => expect(told('Redis is back')).toBe(told('Redis is away')));
  });
});
