import { Caching } from '@adapters/cache/src/caching.js';
import { PolicyBreakers } from '@adapters/runtime/src/resilience/policy-breakers.js';
import { AsyncRequestContext } from '@adapters/runtime/src/http/request-scope.js';
import { testCatalog } from '@testing/catalog.js';
import { TestRedis } from '@testing/redis-server.js';
import { GetProductPrices, GetProductPricesHandler } from './get-product-prices.query.js';
import { GetProduct, GetProductHandler } from './get-product.query.js';
import { ListProducts, ListProductsHandler, ListProductsQuery } from './list-products.query.js';
import { productCacheRule } from './product-cache.js';

const done = () => ({ status: 200, body: null });
const price = (amount: string) => ({ amount, currency: 'GBP' });

/** One process of the shop: its cache, and the catalog that tells it what was committed. */
async function newProcess({ redisUrl, url }: { redisUrl?: string; url?: string } = {}) {
  const breakers = new PolicyBreakers();
  const caching = new Caching({
    redisUrl,
    breakers,
    scope: new AsyncRequestContext(),
    rules: [productCacheRule],
    onRedis: () => undefined,
    onError: (error) => {
      throw error;
    },
  });
  const shop = await testCatalog({
    committed: (context, events) => caching.invalidation.committed(context, events),
    ...(url !== undefined && { url }),
  });
  await caching.redis.start();
  const asked = Object.assign(new ListProductsQuery(), { limit: 50 });
  return {
    ...shop,
    caching,
    get: (sku: string) => new GetProductHandler(shop.reads, caching.cache).execute(new GetProduct(sku)),
    prices: async (sku: string) => (await new GetProductPricesHandler(shop.catalog, caching.cache).execute(new GetProductPrices(sku))).items.length,
    list: async () => (await new ListProductsHandler(shop.reads, caching.cache, { code: 'GBP' }).execute(new ListProducts(asked))).items,
    create: (sku: string) => {
      const data = { sku, name: sku, description: '', category: 'Things', price: price('1') };
      return shop.catalog.products.create(sku, { type: 'CreateProduct', data }, done);
    },
    reprice: (sku: string, amount: string) =>
      shop.catalog.products.execute(sku, { type: 'ChangeProduct', data: { sku, price: price(amount) } }, done),
    receive: (sku: string) => shop.catalog.stock.execute(sku, { type: 'ReceiveStock', data: { sku, quantity: 1, reason: 'received' } }, done),
    stop: async () => {
      await caching.stop();
      breakers.stop();
      await shop.close();
    },
  };
}

type Process = Awaited<ReturnType<typeof newProcess>>;

/** Changes in one process what the other has read, and reads it there again straight after: what was set, and what was read. */
async function changeAndRead(writer: Process, reader: Process) {
  const sku = `MUG*${Math.random()}`;
  const [set, read]: [object[], object[]] = [[], []];
  await writer.create(sku);
  for (let amount = 2; amount < 12; amount++) {
    await Promise.all([reader.get(sku), reader.prices(sku), reader.list()]);
    await writer.reprice(sku, String(amount));
    const [{ price: repriced }, prices] = [await reader.get(sku), await reader.prices(sku)];
    await writer.receive(sku);
    const [listed, { stock }] = [(await reader.list()).find((product) => product.sku === sku)!, await reader.get(sku)];
    read.push({ amount: repriced.amount, prices, listed: [listed.price.amount, listed.stock], stock });
    set.push({ amount: `${amount}.00`, prices: amount, listed: [`${amount}.00`, amount - 1], stock: amount - 1 });
  }
  return { set, read };
}

describe('products in a cache', () => {
  let redis: TestRedis;
  let shop: Process;
  beforeAll(async () => {
    redis = await TestRedis.start();
    shop = await newProcess();
  });
  afterAll(async () => {
    await shop?.stop();
    await redis?.drop();
  });

  const hits = ({ caching }: Process) => caching.cache.state().namespaces.get('catalog:product')?.hits ?? 0;

  it('are read once', async () => {
    await shop.create('CUP');
    expect(await shop.get('CUP')).toEqual(await shop.get('CUP'));
    expect(hits(shop)).toBe(1);
  });

  it('that are not there are looked for again', async () => {
    await expect(shop.get('PAN')).rejects.toMatchObject({ code: 'catalog.product-not-found' });
    await shop.create('PAN');
    expect((await shop.get('PAN')).version).toBe(1);
  });

  it('are another list where only those that are low are asked for', async () => {
    const { caching, reads, catalog } = shop;
    await shop.create('VASE');
    await catalog.stock.execute('VASE', { type: 'ReceiveStock', data: { sku: 'VASE', quantity: 9, reason: 'received' } }, done);
    const low = Object.assign(new ListProductsQuery(), { limit: 50, lowStock: 'true' as const });
    const skus = (items: readonly { sku: string }[]) => items.map(({ sku }) => sku);
    const handler = new ListProductsHandler(reads, caching.cache, { code: 'GBP' });
    expect(skus(await shop.list())).toContain('VASE');
    expect(skus((await handler.execute(new ListProducts(low))).items)).not.toContain('VASE');
  });

  it('are as they were written a moment ago', async () => {
    const { set, read } = await changeAndRead(shop, shop);
    expect(read).toEqual(set);
  });

  it('are as they were written a moment ago in another process, where there is a Redis', async () => {
    const [one, other] = [await newProcess({ redisUrl: redis.url, url: shop.url }), await newProcess({ redisUrl: redis.url, url: shop.url })];
    try {
      const { set, read } = await changeAndRead(one, other);
      expect(read).toEqual(set);
      await one.get('CUP');
      const before = hits(other);
      await other.get('CUP');
      expect(hits(other)).toBe(before + 1);
    } finally {
      await one.stop();
      await other.stop();
    }
  });
});
