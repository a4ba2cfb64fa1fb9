import { testCatalog, type TestCatalog } from '@testing/catalog.js';
import pg from 'pg';
import { listStatement, type AskedProducts } from './product-list.js';

/** A shop of 100,000 products: one in ten retired, one in twenty priced in euros, one in ten never in stock. */
const FILL = `
  insert into catalog.products (sku, name, category, price_amount, price_currency, status, created_at, version)
    select 'SKU-' || lpad(i::text, 6, '0'),
      (array['red', 'green', 'blue', 'white', 'black'])[1 + i % 5] || ' ' || (array['lamp', 'mug', 'heart'])[1 + i % 3] || ' ' || md5(i::text),
      'Category ' || (i % 40), ((i * 7919) % 100000) / 100.0, case when i % 20 = 0 then 'EUR' else 'GBP' end,
      case when i % 10 = 0 then 'retired' else 'active' end, timestamptz '2026-01-01' + i * interval '1 second', 1
    from generate_series(1, 100000) i;
  insert into catalog.stock (sku, on_hand, reserved, low, version) select sku, 100, 0, false, 1 from catalog.products where sku not like '%3';
  analyze catalog.products;
  analyze catalog.stock;
  -- As the embedded Postgres is set up.
  set random_page_cost = 1.1;
  set jit = off;`;

const place = (sort: string, key: string): string => Buffer.from(JSON.stringify([sort, key, 'SKU-050000'])).toString('base64url');

describe('a list of 100,000 products', () => {
  let shop: TestCatalog;
  beforeAll(async () => {
    shop = await testCatalog();
    await shop.ask(FILL);
  });
  afterAll(() => shop?.close());

  /** The plan that a statement comes to have once it was asked often enough for Postgres to consider one plan for all its values. */
  async function planOf(asked: Partial<AskedProducts>): Promise<string> {
    const { text, values } = listStatement({ status: 'active', sort: 'sku', limit: 50, ...asked }, 'GBP');
    const run = `execute probe(${values.map((value) => pg.escapeLiteral(String(value))).join(', ')})`;
    await shop.ask(`prepare probe as ${text}`);
    try {
      for (let times = 0; times < 6; times++) await shop.ask(run);
      const rows = await shop.ask<{ 'QUERY PLAN': string }>(`explain ${run}`);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    } finally {
      await shop.ask('deallocate probe');
    }
  }

  it.each<[string, Partial<AskedProducts>]>([
    ['products_pkey', {}],
    ['products_pkey', { cursor: place('sku', '') }],
    ['products_pkey', { status: 'all' }],
    ['products_by_name', { sort: 'name' }],
    ['products_by_name', { sort: 'name', cursor: place('name', 'green') }],
    ['products_by_price', { sort: 'price' }],
    ['products_by_price', { sort: 'price', cursor: place('price', '500.00') }],
    ['products_by_price', { sort: '-price' }],
    ['products_by_price', { sort: '-price', cursor: place('-price', '500.00') }],
    ['products_by_age', { sort: 'newest' }],
    ['products_by_age', { sort: 'newest', cursor: place('newest', '2026-01-01T10:00:00.000Z') }],
    ['products_category', { category: 'Category 7' }],
    ['products_category', { category: 'Category 7', cursor: place('sku', '') }],
    ['products_by_price', { minPrice: '10', maxPrice: '11' }],
    ['products_by_price', { minPrice: '10', maxPrice: '11', sort: 'price' }],
    ['products_status', { status: 'retired' }],
    ['stock_in_stock', { inStock: 'true' }],
    ['stock_in_stock', { inStock: 'true', sort: 'newest' }],
    ['stock_sufficient', { lowStock: 'true' }],
    ['products_pkey', { lowStock: 'true', cursor: place('sku', '') }],
    ['products_by_price', { lowStock: 'true', sort: '-price' }],
    ['products_by_age', { lowStock: 'true', sort: 'newest' }],
    ['products_name', { search: 'red lamp' }],
    ['products_name', { search: 'c4' }],
    ['products_name', { search: 'red la', sort: 'name' }],
    ['products_name', { search: 'red la', sort: '-price', category: 'Category 4', minPrice: '1' }],
  ])('reads %s for %j', async (index, asked) => {
    const plan = await planOf(asked);
    expect(plan).toMatch(new RegExp(` (using|on) ${index}\\b`));
    expect(plan).not.toContain('Seq Scan');
  });
});
