import { testCatalog, type TestCatalog } from '@testing/catalog.js';
import { PricedIn } from './priced-in.js';

let shop: TestCatalog;
beforeAll(async () => void (shop = await testCatalog()));
afterAll(() => shop?.close());
beforeEach(() => shop.ask('truncate catalog.products'));

const insert = (currency: string, count = 1) =>
  shop.ask(`insert into catalog.products (sku, name, category, price_amount, price_currency, version)
            select '${currency}-' || n, 'Mug', 'Things', n, '${currency}', 1 from generate_series(1, ${count}) n`);
const instead = (currency: string) => new PricedIn(shop.reads).currenciesInsteadOf(currency);

it('is none for a shop without products, and where a product has the currency', async () => {
  expect(await instead('GBP')).toEqual([]);
  await insert('GBP', 3);
  await insert('EUR');
  expect([await instead('GBP'), await instead('EUR')]).toEqual([[], []]);
});

it('is each currency once, sorted, where no product has it', async () => {
  for (const currency of ['USD', 'EUR', 'GBP']) await insert(currency, 3);
  expect(await instead('JPY')).toEqual(['EUR', 'GBP', 'USD']);
});

it('knows a currency that comes after ten others, and names no more than ten', async () => {
  const currencies = Array.from({ length: 12 }, (_, nth) => `X${String.fromCharCode(65 + nth)}A`);
  for (const currency of currencies) await insert(currency);
  expect(await instead('XLA')).toEqual([]);
  expect(await instead('GBP')).toEqual(currencies.slice(0, 10));
});

it('looks at few of many products', async () => {
  await insert('EUR', 20_000);
  await insert('GBP', 20_000);
  await shop.ask('vacuum analyze catalog.products');
  const scanned = async () => {
    const [row] = await shop.ask<{ n: string }>(
      `select coalesce(idx_tup_read, 0) + seq_tup_read as n from pg_stat_user_tables t
       join (select relid, sum(idx_tup_read) as idx_tup_read from pg_stat_user_indexes group by relid) i using (relid)
       where schemaname = 'catalog' and relname = 'products'`,
    );
    return Number(row!.n);
  };
  const before = await scanned();
  expect([await instead('GBP'), await instead('USD')]).toEqual([[], ['EUR', 'GBP']]);
  await shop.ask('select pg_stat_force_next_flush()');
  expect((await scanned()) - before).toBeLessThan(50);
});
