import { testCatalog, type TestCatalog } from '@testing/catalog.js';
import { uncached } from '@testing/uncached.js';
import { CatalogProducts } from './catalog-products.js';
import { GetProductPrices, GetProductPricesHandler } from './get-product-prices.query.js';
import { GetProduct, GetProductHandler } from './get-product.query.js';

const done = () => ({ status: 200, body: null });
const price = (amount: string) => ({ amount, currency: 'GBP' });

describe('a product that is read', () => {
  let shop: TestCatalog;
  beforeAll(async () => {
    shop = await testCatalog();
    const { products, stock } = shop.catalog;
    for (const sku of ['MUG', 'LAMP']) {
      const data = { sku, name: sku, description: 'fine', category: 'Things', price: price('2.5') };
      await products.create(sku, { type: 'CreateProduct', data }, done);
    }
    await products.execute('MUG', { type: 'ChangeProduct', data: { sku: 'MUG', name: 'Mug', price: price('3') } }, done);
    await products.execute('MUG', { type: 'ChangeProduct', data: { sku: 'MUG', description: '', price: price('2.5') } }, done);
    await products.execute('MUG', { type: 'RetireProduct', data: { sku: 'MUG' } }, done);
    await stock.execute('MUG', { type: 'ReceiveStock', data: { sku: 'MUG', quantity: 9, reason: 'received' } }, done);
    await stock.execute('MUG', { type: 'ReserveStock', data: { sku: 'MUG', orderId: 'o-1', quantity: 2 } }, done);
    await stock.execute('MUG', { type: 'ShipStock', data: { sku: 'MUG', orderId: 'o-1', quantity: 1 } }, done);
  });
  afterAll(() => shop?.close());

  const get = (sku: string) => new GetProductHandler(shop.reads, uncached).execute(new GetProduct(sku));
  const prices = (sku: string) => new GetProductPricesHandler(shop.catalog, uncached).execute(new GetProductPrices(sku));

  it('shows what it has become, also once it is retired', async () => {
    expect(await get('MUG')).toEqual({
      sku: 'MUG',
      name: 'Mug',
      description: '',
      category: 'Things',
      price: price('2.50'),
      status: 'retired',
      stock: 7,
      onHand: 8,
      reserved: 1,
      lowStock: false,
      threshold: 5,
      version: 7,
    });
    expect(await get('LAMP')).toMatchObject({
      description: 'fine',
      status: 'active',
      stock: 0,
      onHand: 0,
      reserved: 0,
      lowStock: true,
      threshold: 5,
    });
  });

  it('keeps every price that it had, each until the next', async () => {
    const { sku, items } = await prices('MUG');
    expect([sku, items.map((each) => each.price.amount)]).toEqual(['MUG', ['2.50', '3.00', '2.50']]);
    expect(items.map(({ until }) => until)).toEqual([items[1]!.occurredAt, items[2]!.occurredAt, null]);
    expect((await prices('LAMP')).items).toMatchObject([{ price: price('2.50'), until: null }]);
  });

  it('must be there', async () => {
    for (const ask of [() => get('CUP'), () => prices('CUP')])
      await expect(ask()).rejects.toMatchObject({ code: 'catalog.product-not-found', kind: 'not-found' });
  });

  it('tells other contexts whether it is sold, and how many there are', async () => {
    const found = await new CatalogProducts(shop.reads).find(['MUG', 'LAMP', 'CUP']);
    expect([...found.values()]).toMatchObject([
      { sku: 'MUG', name: 'Mug', price: price('2.50'), sellable: false, available: 7 },
      { sku: 'LAMP', sellable: true, available: 0 },
    ]);
  });

  it('stays as old as it was when it changes', async () => {
    await shop.ask(`update catalog.products set created_at = '2020-01-01' where sku = 'LAMP'`);
    await shop.catalog.products.execute('LAMP', { type: 'ChangeProduct', data: { sku: 'LAMP', name: 'Lantern' } }, done);
    const age = `select name, extract(year from created_at)::int as year from catalog.products where sku = 'LAMP'`;
    expect(await shop.ask(age)).toEqual([{ name: 'Lantern', year: 2020 }]);
  });

  it('cannot be oversold, not even behind the back of its decider', async () => {
    const oversell = shop.ask(`update catalog.stock set reserved = on_hand + 1 where sku = 'MUG'`);
    await expect(oversell).rejects.toMatchObject({ constraint: 'stock_not_oversold' });
  });
});
