import { ClickHouseReadStore } from '@adapters/read-store/src/clickhouse-read-store.js';
import { createGeneration, flipView } from '@adapters/read-store/src/generations/generation-tables.js';
import { createLedger, landingSettings, LEDGER, ledgerRow } from '@adapters/read-store/src/ledger.js';
import type { Products, SellableProduct } from '@contexts/catalog/src/contract/products.js';
import { Clock } from '@kernel/clock.js';
import { Watermarks } from '@kernel/ports/watermarks.js';
import { testClickHouse, type TestClickHouse } from '@testing/clickhouse.js';
import { MemoryLog } from '@testing/memory-log.js';
import { creditNoteRecorded, orderCancelled, orderPlaced } from '@testing/sample-events.js';
import { GetSales, GetSalesHandler, GetSalesQuery } from './get-sales.query.js';
import { GetTopProducts, GetTopProductsHandler, GetTopProductsQuery } from './get-top-products.query.js';
import { sales } from './sales.projection.js';
import { bucketsOf, GRAINS } from './buckets.js';
import { inZone } from './zone.js';

class FixedClock extends Clock {
  now() {
    return '2011-06-15T12:00:00.000Z';
  }
}
class FixedWatermarks extends Watermarks {
  async current() {
    return { ordering: { position: 9, head: 9, lagMs: 0 } };
  }
  async waitFor() {}
}

/** Knows mugs, and no lamps any more. */
const catalog: Products = {
  find: async (skus) => new Map(skus.filter((sku) => sku === 'MUG').map((sku) => [sku, { sku, name: 'Mug' } as SellableProduct])),
};

const lines = [
  ['MUG', 'Kitchen', 2, 2_550],
  ['LAMP', 'Light', 1, 10_005],
] as const;
let engine: TestClickHouse;
let salesHandler: GetSalesHandler;
let topProducts: GetTopProductsHandler;

beforeAll(async () => {
  engine = await testClickHouse();
  const { maintenance, landing, reading } = engine.clickhouse;
  await createLedger(maintenance);
  await createGeneration(maintenance, sales, 1);
  await flipView(maintenance, sales, 1);
  const events = new MemoryLog('ordering').append(
    orderPlaced({ id: '1', at: '2011-03-26T23:59:59.999Z', lines }),
    orderPlaced({ id: '2', at: '2011-03-27T00:30:00Z', customer: null }),
    orderPlaced({ id: '3', at: '2011-03-27T22:59:00Z', country: 'France' }),
    orderPlaced({ id: '4', at: '2011-03-27T23:00:00Z' }),
    orderCancelled({ id: '1', at: '2011-03-28T10:00:00Z', lines }),
    creditNoteRecorded({ id: 'C1', at: '2011-03-28T11:00:00Z' }),
    orderPlaced({ id: '5', at: '2011-03-28T11:00:00Z', currency: 'EUR' }),
    orderPlaced({ id: '6', at: '2026-10-25T00:30:00Z' }),
    orderPlaced({ id: '7', at: '2026-10-25T01:30:00Z' }),
  );
  await landing.insert(
    LEDGER,
    events.map((event) => ledgerRow('ordering', event, 1)),
    landingSettings('t'),
  );
  const store = new ClickHouseReadStore(reading, [sales]);
  salesHandler = new GetSalesHandler(store, new FixedWatermarks(), new FixedClock(), { code: 'GBP' });
  topProducts = new GetTopProductsHandler(store, new FixedWatermarks(), new FixedClock(), catalog, { code: 'GBP' });
});
afterAll(() => engine.drop());

const ask = (query: Partial<GetSalesQuery>) => salesHandler.execute(new GetSales(Object.assign(new GetSalesQuery(), query)));

it('answers by the zone’s days, across the change to summer time, with rows of zeros', async () => {
  const { rows, totals, freshness } = await ask({ from: '2011-03-26', to: '2011-03-30' });
  expect(rows.map(({ bucket, orders, gross, cancelled, credits, net }) => [bucket, orders, gross, cancelled, credits, net])).toEqual([
    ['2011-03-26T00:00:00+00:00', 1, '15.105', '0.00', '0.00', '15.105'],
    ['2011-03-27T00:00:00+00:00', 2, '10.20', '0.00', '0.00', '10.20'],
    ['2011-03-28T00:00:00+01:00', 1, '5.10', '15.105', '5.10', '-15.105'],
    ['2011-03-29T00:00:00+01:00', 0, '0.00', '0.00', '0.00', '0.00'],
  ]);
  expect(totals).toEqual({ orders: 4, units: 9, gross: '30.405', cancelled: '15.105', credits: '5.10', net: '10.20', averageOrderValue: '7.6013' });
  expect(freshness).toEqual({ ordering: { position: 9, lagMs: 0 } });
});

it('has 23 hours in the day on which clocks go forward, and 25 when they go back', async () => {
  const spring = (await ask({ from: '2011-03-27', to: '2011-03-28', grain: 'hour' })).rows;
  expect(spring.map(({ bucket }) => bucket).slice(0, 3)).toEqual([
    '2011-03-27T00:00:00+00:00',
    '2011-03-27T02:00:00+01:00',
    '2011-03-27T03:00:00+01:00',
  ]);
  expect(spring).toHaveLength(23);
  const autumn = (await ask({ from: '2026-10-25', to: '2026-10-26', grain: 'hour' })).rows;
  expect(autumn).toHaveLength(25);
  expect(autumn.filter(({ orders }) => orders > 0).map(({ bucket }) => bucket)).toEqual(['2026-10-25T01:00:00+01:00', '2026-10-25T01:00:00+00:00']);
});

it('breaks down by a dimension, with a row for every key in every bucket and no key for no customer', async () => {
  const { rows, totals } = await ask({ from: '2011-03-26', to: '2011-03-28', by: 'customer' });
  expect(rows.map(({ bucket, key, orders }) => [bucket.slice(0, 10), key, orders])).toEqual([
    ['2011-03-26', null, 0],
    ['2011-03-26', 'c-1', 1],
    ['2011-03-27', null, 1],
    ['2011-03-27', 'c-1', 1],
  ]);
  expect(totals.orders).toBe(3);
  const products = await ask({ from: '2011-03-26', to: '2011-03-27', by: 'product' });
  expect(products.rows.map(({ key, orders, gross }) => [key, orders, gross])).toEqual([
    ['LAMP', 1, '10.005'],
    ['MUG', 1, '5.10'],
  ]);
  expect(products.totals.orders).toBe(1);
});

it('compares with the period before', async () => {
  const { previous } = await ask({ from: '2011-03-28', to: '2011-03-29', compare: 'previous' });
  expect(previous).toMatchObject({ from: '2011-03-27T00:00:00+00:00', to: '2011-03-28T00:00:00+01:00', totals: { orders: 2, gross: '10.20' } });
});

it('answers as it was known at an earlier position', async () => {
  expect((await ask({ from: '2011-03-26', to: '2011-03-30', asOf: 4 })).totals).toMatchObject({ orders: 4, net: '30.405' });
  expect((await ask({ from: '2011-03-26', to: '2011-03-30', asOf: 0 })).totals).toMatchObject({ orders: 0, net: '0.00' });
  await expect(ask({ from: '2011-03-26', to: '2011-03-30', asOf: 10 })).rejects.toMatchObject({ details: { errors: [{ field: 'asOf' }] } });
});

it('keeps currencies apart', async () => {
  expect((await ask({ from: '2011-03-01', to: '2011-04-01', grain: 'month', currency: 'EUR' })).rows).toMatchObject([{ orders: 1, gross: '5.10' }]);
});

it('answers in the shop’s currency where none is named', async () => {
  const store = new ClickHouseReadStore(engine.clickhouse.reading, [sales]);
  const [watermarks, clock, euros] = [new FixedWatermarks(), new FixedClock(), { code: 'EUR' }];
  const march = { from: '2011-03-01', to: '2011-04-01' };
  const sold = new GetSalesHandler(store, watermarks, clock, euros).execute(new GetSales(Object.assign(new GetSalesQuery(), march)));
  expect(await sold).toMatchObject({ currency: 'EUR', totals: { orders: 1, gross: '5.10' } });
  const top = new GetTopProductsHandler(store, watermarks, clock, catalog, euros);
  const best = (query: object) => top.execute(new GetTopProducts(Object.assign(new GetTopProductsQuery(), march, query)));
  expect(await best({})).toMatchObject({ currency: 'EUR', rows: [{ sku: 'MUG', orders: 1 }] });
  expect(await best({ currency: 'GBP' })).toMatchObject({ currency: 'GBP', rows: [{ sku: 'MUG' }, { sku: 'LAMP' }] });
});

it('refuses more buckets than anyone reads, by the name of the grain', async () => {
  const refused = { code: 'request.invalid', details: { errors: [{ field: 'grain' }] } };
  await expect(ask({ from: '1980-01-01', to: '2100-01-01', grain: 'minute' })).rejects.toMatchObject(refused);
  await expect(ask({ from: '2000-01-01', to: '2004-01-01', grain: 'hour' })).rejects.toMatchObject(refused);
  expect((await ask({ from: '2010-01-01', to: '2012-01-01', grain: 'hour' })).rows).toHaveLength(365 * 2 * 24);
});

it('lists the products that sold best', async () => {
  const asked = (query: Partial<GetTopProductsQuery>) =>
    topProducts.execute(new GetTopProducts(Object.assign(new GetTopProductsQuery(), { from: '2011-03-26', to: '2011-03-30', ...query })));
  expect((await asked({})).rows.map(({ sku, name, net }) => [sku, name, net])).toEqual([
    ['MUG', 'Mug', '10.20'],
    ['LAMP', null, '0.00'],
  ]);
  expect((await asked({ by: 'units', limit: 1 })).rows).toMatchObject([{ sku: 'MUG', units: 8, orders: 4 }]);
});

it.each(['Europe/London', 'America/Sao_Paulo', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Pacific/Apia', 'Africa/Cairo', 'America/St_Johns', 'UTC'])(
  'steps through %s without leaving a bucket out or making one up',
  async (zone) => {
    const store = new ClickHouseReadStore(engine.clickhouse.reading, [sales]);
    const period = { from: Date.parse('2011-11-20T00:00:00Z'), to: Date.parse('2012-12-20T00:00:00Z'), zone };
    for (const grain of GRAINS.filter((each) => each !== 'minute')) {
      const buckets = await bucketsOf(store, period, grain);
      const starts = buckets.map((bucket) => inZone(bucket * 1_000, zone));
      expect(new Set(starts).size).toBe(starts.length);
      const gaps = buckets.slice(1).map((bucket, index) => (bucket - buckets[index]!) / 3_600);
      const bounds = { minute: [0, 1], hour: [0.5, 1.5], day: [22.5, 48], week: [6 * 24, 7 * 24 + 1], month: [28 * 24 - 1, 31 * 24 + 1] }[grain];
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(bounds[0]!);
      expect(Math.max(...gaps)).toBeLessThanOrEqual(bounds[1]!);
      if (grain === 'week')
        expect(
          buckets.every((bucket) => new Date(inZone(bucket * 1_000, zone).slice(0, 19) + 'Z').getUTCDay() === 1 || zone === 'Pacific/Apia'),
        ).toBe(true);
    }
  },
);
