import { ClickHouseReadStore } from '@adapters/read-store/src/clickhouse-read-store.js';
import { createGeneration, flipView } from '@adapters/read-store/src/generations/generation-tables.js';
import { createLedger, landingSettings, LEDGER, ledgerRow } from '@adapters/read-store/src/ledger.js';
import type { Products, SellableProduct } from '@contexts/catalog/src/contract/products.js';
import type { Watermarks } from '@kernel/ports/watermarks.js';
import { testClickHouse, type TestClickHouse } from '@testing/clickhouse.js';
import { MemoryLog } from '@testing/memory-log.js';
import { orderPlaced, type SampleOrder } from '@testing/sample-events.js';
import { uncached } from '@testing/uncached.js';
import { GetPopularProducts, GetPopularProductsHandler, GetPopularProductsQuery } from './get-popular-products.query.js';
import { sales } from './sales.projection.js';

/** Retired: R0 to R9. Unknown: what a past system sold, X. */
const catalog: Products = {
  find: async (skus) =>
    new Map(
      skus
        .filter((sku) => sku !== 'X')
        .map((sku): [string, SellableProduct] => {
          const price = { amount: '2.55', currency: 'GBP' };
          return [sku, { sku, name: `The ${sku}`, category: 'Things', price, sellable: !sku.startsWith('R'), available: 7 }];
        }),
    ),
};

describe('popular products', () => {
  let engine: TestClickHouse;
  let handler: GetPopularProductsHandler;
  beforeAll(async () => {
    engine = await testClickHouse();
    const { maintenance, landing, reading } = engine.clickhouse;
    await createLedger(maintenance);
    await createGeneration(maintenance, sales, 1);
    await flipView(maintenance, sales, 1);
    const sold = (id: string, at: string, more: Partial<SampleOrder>, ...lines: (readonly [string, number])[]) =>
      orderPlaced({ id, at, ...more, lines: lines.map(([sku, quantity]) => [sku, 'Things', quantity, 1_000] as const) });
    const events = new MemoryLog('ordering').append(
      sold('1', '2026-11-20T10:00:00Z', {}, ['MUG', 3], ['LAMP', 2], ['X', 900]),
      sold('2', '2026-11-21T12:00:00Z', { currency: 'EUR' }, ['LAMP', 2]),
      sold('3', '2026-11-14T11:59:59Z', {}, ['MUG', 50]),
      sold('4', '2026-10-22T11:59:00Z', {}, ['PAN', 70]),
      sold('5', '2026-11-20T10:00:00Z', {}, ...Array.from({ length: 10 }, (_, n) => [`R${n}`, 100] as const)),
      sold('6', '2026-11-21T12:30:00Z', {}, ['CUP', 1_000]),
    );
    await landing.insert(
      LEDGER,
      events.map((event) => ledgerRow('ordering', event, 1)),
      landingSettings('t'),
    );
    const watermarks = { current: async () => ({ ordering: { position: 6, head: 6, lagMs: 0 } }) } as unknown as Watermarks;
    handler = new GetPopularProductsHandler(
      new ClickHouseReadStore(reading, [sales]),
      watermarks,
      { now: () => '2026-11-21T12:00:00.000Z' },
      catalog,
      uncached,
    );
  });
  afterAll(() => engine?.drop());

  const popular = async (asked: Partial<GetPopularProductsQuery> = {}) =>
    handler.execute(new GetPopularProducts(Object.assign(new GetPopularProductsQuery(), asked)));
  const ranking = async (asked: Partial<GetPopularProductsQuery>) => (await popular(asked)).items.map(({ sku, units }) => [sku, units]);

  it.each<[Partial<GetPopularProductsQuery>, [string, number][]]>([
    [
      { period: '7d' },
      [
        ['LAMP', 4],
        ['MUG', 3],
      ],
    ],
    [
      { period: '30d' },
      [
        ['MUG', 53],
        ['LAMP', 4],
      ],
    ],
    [
      { period: '90d' },
      [
        ['PAN', 70],
        ['MUG', 53],
        ['LAMP', 4],
      ],
    ],
  ])('are those of which most was ordered: %j', async (asked, expected) => expect(await ranking(asked)).toEqual(expected));

  it('are found behind any number of products that are no longer sold', async () => {
    expect(await ranking({ period: '90d', limit: 1 })).toEqual([['PAN', 70]]);
    expect(await ranking({ period: '90d', limit: 2 })).toHaveLength(2);
  });

  it('are told by name, price and what is left, with how much the answer knows', async () => {
    const { period, items, freshness } = await popular({ limit: 1 });
    expect(period).toBe('30d');
    expect(items).toEqual([{ sku: 'MUG', name: 'The MUG', category: 'Things', price: { amount: '2.55', currency: 'GBP' }, stock: 7, units: 53 }]);
    expect(freshness).toEqual({ ordering: { position: 6, lagMs: 0 } });
  });
});
