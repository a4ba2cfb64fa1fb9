import { testCatalog, type TestCatalog } from '@testing/catalog.js';
import { uncached } from '@testing/uncached.js';
import { ListProducts, ListProductsHandler, ListProductsQuery, ListProductsRoute } from './list-products.query.js';
import { PRODUCT_SORTS, type ProductSort } from './product-sorts.js';

const done = () => ({ status: 200, body: null });

describe('the list of products', () => {
  let shop: TestCatalog;
  let handler: ListProductsHandler;
  beforeAll(async () => {
    shop = await testCatalog();
    handler = new ListProductsHandler(shop.reads, uncached, { code: 'GBP' });
    await make('A1', 'Red mug', 'Kitchen', '3.00', { received: 10, reserved: 4 });
    await make('A2', 'Blue mug', 'Kitchen', '2.50', { received: 2, reserved: 2 });
    await make('A3', 'Red lamp', 'Light', '20');
    await make('A4', 'Red lamp', 'Light', '2.50', { currency: 'EUR', received: 1 });
    await make('A5', 'Old mug', 'Kitchen', '1.00', { received: 3 });
    await shop.catalog.products.execute('A5', { type: 'RetireProduct', data: { sku: 'A5' } }, done);
  });
  afterAll(() => shop?.close());

  async function make(
    sku: string,
    name: string,
    category: string,
    amount: string,
    { currency = 'GBP', received = 0, reserved = 0 }: { currency?: string; received?: number; reserved?: number } = {},
  ) {
    const { products, stock } = shop.catalog;
    await products.create(sku, { type: 'CreateProduct', data: { sku, name, category, price: { amount, currency } } }, done);
    if (received > 0) await stock.execute(sku, { type: 'ReceiveStock', data: { sku, quantity: received, reason: 'received' } }, done);
    if (reserved > 0) await stock.execute(sku, { type: 'ReserveStock', data: { sku, orderId: 'o-1', quantity: reserved } }, done);
  }
  const list = (asked: Partial<ListProductsQuery> = {}) => handler.execute(new ListProducts(Object.assign(new ListProductsQuery(), asked)));
  const skus = async (asked?: Partial<ListProductsQuery>) => (await list(asked)).items.map(({ sku }) => sku);

  it('shows what is for sale, with what is left of it', async () => {
    const { items } = await list();
    expect(items.map(({ sku, stock, onHand, reserved, lowStock, status }) => [sku, stock, onHand, reserved, lowStock, status])).toEqual([
      ['A1', 6, 10, 4, false, 'active'],
      ['A2', 0, 2, 2, true, 'active'],
      ['A3', 0, 0, 0, true, 'active'],
      ['A4', 1, 1, 0, true, 'active'],
    ]);
  });

  it.each<[Partial<ListProductsQuery>, string[]]>([
    [{ status: 'retired' }, ['A5']],
    [{ status: 'all' }, ['A1', 'A2', 'A3', 'A4', 'A5']],
    [{ inStock: 'true' }, ['A1', 'A4']],
    [{ lowStock: 'true' }, ['A2', 'A3', 'A4']],
    [{ lowStock: 'true', status: 'all' }, ['A2', 'A3', 'A4', 'A5']],
    [{ lowStock: 'true', inStock: 'true' }, ['A4']],
    [{ lowStock: 'true', sort: '-price' }, ['A3', 'A2']],
    [{ lowStock: 'true', sort: 'newest', search: 'red' }, ['A4', 'A3']],
    [{ category: 'Kitchen' }, ['A1', 'A2']],
    [{ search: 'MUG re' }, ['A1']],
    [{ search: '!' }, []],
    [{ search: 'mug', category: 'Light' }, []],
    [{ minPrice: '2.50' }, ['A1', 'A2', 'A3']],
    [{ minPrice: '2.51', maxPrice: '3' }, ['A1']],
    [{ maxPrice: '2.50', currency: 'EUR' }, ['A4']],
    [{ currency: 'EUR' }, ['A4']],
    [{ currency: 'USD' }, []],
    [{ sort: 'name' }, ['A2', 'A3', 'A4', 'A1']],
    [{ sort: 'price' }, ['A2', 'A1', 'A3']],
    [{ sort: '-price' }, ['A3', 'A1', 'A2']],
    [{ sort: '-price', search: 'mug', inStock: 'true', status: 'all' }, ['A1', 'A5']],
    [{ sort: 'newest' }, ['A4', 'A3', 'A2', 'A1']],
    [{ sort: 'newest', search: 'red' }, ['A4', 'A3', 'A1']],
  ])('answers %j', async (asked, expected) => expect(await skus(asked)).toEqual(expected));

  it('goes on among those that are low where a page of them ended', async () => {
    const first = await list({ lowStock: 'true', sort: 'name', limit: 2 });
    expect(first.items.map(({ sku }) => sku)).toEqual(['A2', 'A3']);
    expect(await skus({ lowStock: 'true', sort: 'name', limit: 2, cursor: first.next! })).toEqual(['A4']);
  });

  it('tells by which threshold each is low, or is not', async () => {
    const thresholds = async () =>
      (await list({ category: 'Thresholds' })).items.map(({ sku, stock, threshold, lowStock }) => [sku, stock, threshold, lowStock]);
    await make('T1', 'Cup', 'Thresholds', '1', { received: 8 });
    await make('T2', 'Pan', 'Thresholds', '1');
    expect(await thresholds()).toEqual([
      ['T1', 8, 5, false],
      ['T2', 0, 5, true],
    ]);
    await shop.catalog.stock.execute('T1', { type: 'SetLowStockThreshold', data: { sku: 'T1', threshold: 8 } }, done);
    expect((await thresholds())[0]).toEqual(['T1', 8, 8, true]);
    expect(await skus({ lowStock: 'true', category: 'Thresholds' })).toEqual(['T1', 'T2']);
    await shop.ask(`delete from catalog.products where category = 'Thresholds'`);
  });

  it.each<[Partial<ListProductsQuery>, string[]]>([
    [{}, ['A1', 'A2', 'A3', 'A4']],
    [{ minPrice: '1' }, ['A4']],
    [{ maxPrice: '2.49' }, []],
    [{ sort: '-price' }, ['A4']],
    [{ minPrice: '2.51', currency: 'GBP' }, ['A1', 'A3']],
  ])('compares prices in the shop’s currency where none is named: %j', async (asked, expected) => {
    const euros = new ListProductsHandler(shop.reads, uncached, { code: 'EUR' });
    const { items } = await euros.execute(new ListProducts(Object.assign(new ListProductsQuery(), asked)));
    expect(items.map(({ sku }) => sku)).toEqual(expected);
  });

  describe.each(PRODUCT_SORTS)('by %s', (sort) => {
    const category = `Pages ${sort}`;
    const others = PRODUCT_SORTS.filter((other) => other !== sort);

    // Several of each name, price and age, so that the SKU decides among equals.
    beforeAll(async () => {
      for (const n of [3, 1, 4, 2, 6, 5, 8, 7]) await make(`${sort} ${n}0`, `Thing ${n % 3}`, category, `${n % 2}.50`);
      await shop.ask(
        `update catalog.products set created_at = date_trunc('day', created_at) where category = '${category}' and right(sku, 2) < '50'`,
      );
    });

    it('shows every product once, whatever is added between the pages', async () => {
      const asked = { sort, category, limit: 3 };
      const expected = await skus({ ...asked, limit: 200 });
      expect(expected).toHaveLength(8);
      const seen: string[] = [];
      for (let cursor: string | undefined, pages = 1; ; pages++) {
        const { items, next } = await list({ ...asked, ...(cursor !== undefined && { cursor }) });
        seen.push(...items.map(({ sku }) => sku));
        if (next === undefined) break;
        cursor = next;
        for (const n of [1, 4, 9]) await make(`${sort} ${n}${pages}`, `Thing ${n % 3}`, category, `${n % 2}.50`);
      }
      expect(seen.filter((sku) => expected.includes(sku))).toEqual(expected);
      expect(new Set(seen).size).toBe(seen.length);
    });

    it('takes no place of another order', async () => {
      const { next } = await list({ sort, category, limit: 1 });
      for (const other of others) await expect(list({ sort: other, category, cursor: next! })).rejects.toMatchObject(wrongCursor);
    });
  });

  const wrongCursor = { code: 'request.invalid', kind: 'invalid', details: { errors: [{ field: 'cursor' }] } };
  const cursor = (...key: unknown[]) => Buffer.from(JSON.stringify(key)).toString('base64url');
  it.each<[ProductSort, string]>([
    ['sku', 'nonsense'],
    ['sku', cursor('sku', 'more', 'A1')],
    ['sku', cursor('A1')],
    ['price', cursor('price', 'cheap', 'A1')],
    ['price', cursor('price', 1, 'A1')],
    ['newest', cursor('newest', 'today', 'A1')],
    ['newest', cursor('newest', '0000-01-01T00:00:00.000Z', 'A1')],
  ])('takes no place by %s that it never answered: %s', async (sort, forged) =>
    expect(list({ sort, cursor: forged })).rejects.toMatchObject(wrongCursor),
  );

  it('keeps from customers what is no longer sold', () => {
    const route = new ListProductsRoute({ execute: () => 'listed' } as never);
    const asked =
      (status: ListProductsQuery['status'], ...permissions: string[]) =>
      () =>
        route.list(Object.assign(new ListProductsQuery(), { status }), { id: 'p', permissions } as never);
    expect(asked('active', 'catalog:read')()).toBe('listed');
    expect(asked('all', 'catalog:read', 'catalog:write')()).toBe('listed');
    for (const status of ['all', 'retired'] as const) expect(asked(status, 'catalog:read')).toThrow(expect.objectContaining({ kind: 'forbidden' }));
  });
});
