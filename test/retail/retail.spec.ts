import { startServer, type TestServer } from '@testing/server.js';
import { AdminClient, type SalesRow } from '../support/api-client.js';
import { runCli, type CliRun } from '../support/run-cli.js';
import { decimal } from '../support/synthetic-retail.js';
import { Oracle, type Sums } from './oracle.js';

interface StockPage {
  readonly items: readonly { sku: string; onHand: number; historical: number }[];
  readonly next?: string;
}

const PERIOD = { from: '2010-12-01', to: '2011-07-01', timezone: 'Europe/London' };
const SECONDS = 60;
const report = {
  rows: 245_903,
  orders: 9_659,
  orderLines: 239_931,
  creditNotes: 2_006,
  stockMovements: 1_478,
  products: 3_651,
  rejected: {},
  gross: '4826466.491',
  credits: '428515.73',
  net: '4397950.761',
  seconds: expect.any(Number),
};

describe('seven months of a retailer', () => {
  const file = process.env['RETAIL_FILE'] ?? '';
  let server: TestServer;
  let api: AdminClient;
  let first: CliRun;
  let oracle: Oracle;

  beforeAll(async () => {
    server = await startServer();
    api = new AdminClient(server);
    first = await runCli(server, 'import', file, '--json');
    oracle = new Oracle(file);
  }, 300_000);
  afterAll(() => server?.dispose());

  it('imports every row', () => {
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.json()).toEqual(report);
  });

  it(`takes at most ${SECONDS} s`, () => {
    const { seconds, rows } = first.json<{ seconds: number; rows: number }>();
    console.info(`imported ${rows} rows in ${seconds} s: ${Math.round(rows / seconds)} rows/s`);
    expect(seconds).toBeLessThanOrEqual(SECONDS);
  });

  const totals = async () => (await api.sales({ ...PERIOD, grain: 'month' })).totals;
  const published = { orders: 9_659, units: 2_501_871, gross: '4826466.491', cancelled: '0.00', credits: '428515.73', net: '4397950.761' };

  it('answers the published figures', async () => expect(await totals()).toMatchObject(published));

  it('answers each month as the file has it', async () => {
    const { rows } = await api.sales({ ...PERIOD, grain: 'month' });
    expect(rows.map((row) => [row.bucket.slice(0, 7), figures(row)])).toEqual(entries(oracle.byMonth));
  });

  it('finds 37 countries, each exact', async () => {
    const sold = await keyed('country');
    expect([...sold].filter(([, { orders }]) => orders > 0)).toHaveLength(37);
    expect(entriesOf(sold)).toEqual(entries(oracle.byCountry));
  });

  it('finds 3,516 products, each exact', async () => {
    const sold = await keyed('product');
    expect([...sold].filter(([, { orders }]) => orders > 0)).toHaveLength(3_516);
    expect(entriesOf(sold)).toEqual(entries(oracle.byProduct));
  });

  it('finds 2,960 customers, each exact, and those of nobody', async () => {
    const sold = await keyed('customer');
    expect([...sold].filter(([key, { orders }]) => key !== '' && orders > 0)).toHaveLength(2_960);
    expect(entriesOf(sold)).toEqual(entries(oracle.byCustomer));
  });

  it('gives an order of several minutes the time of its first row', async () => {
    expect(await api.get('/orders/536591')).toMatchObject({ status: 'delivered', placedAt: '2010-12-01T16:57:00.000Z' });
  });

  it('is one order though another stands between its rows', async () => {
    expect(await api.get<{ id: string }>('/orders/542806')).toMatchObject({ id: '542806' });
  });

  it('ranks the products as the file does', async () => {
    const { rows } = await api.get<{ rows: { sku: string; units: number }[] }>(
      `/analytics/products/top?${new URLSearchParams({ ...PERIOD, by: 'units', limit: '10' })}`,
    );
    const best = [...oracle.byProduct].map(([sku, { units }]) => ({ sku, units })).sort((a, b) => b.units - a.units);
    expect(rows.map(({ units }) => units)).toEqual(best.slice(0, 10).map(({ units }) => units));
  });

  it('moved 1,478 rows of stock, each SKU as the file has it, and none that can be sold', async () => {
    const moved: [string, number][] = [];
    let cursor: string | undefined;
    do {
      const query = new URLSearchParams({ limit: '1000', ...(cursor && { cursor }) });
      const page = await api.get<StockPage>(`/analytics/stock?${query}`);
      for (const { sku, onHand, historical } of page.items) {
        expect({ sku, onHand }).toEqual({ sku, onHand: 0 });
        moved.push([sku, historical]);
      }
      cursor = page.next;
    } while (cursor);
    expect(moved).toEqual([...oracle.stock].sort(([a], [b]) => (a < b ? -1 : 1)));
  });

  it('imports a second time to the same state', async () => {
    const second = await runCli(server, 'import', file, '--json');
    expect(second.json()).toEqual(report);
    expect(await totals()).toMatchObject(published);
  }, 300_000);

  it('is proved against the events', async () => {
    const audit = await runCli(server, 'audit', '--json');
    expect(audit.json()).toMatchObject({ equal: true });
    expect(audit.code).toBe(0);
  }, 300_000);

  /** The whole period's figures by key, summed over its buckets. */
  async function keyed(by: 'country' | 'customer' | 'product' | 'category'): Promise<Map<string, ReturnType<typeof figures>>> {
    const { rows } = await api.sales({ ...PERIOD, grain: 'month', by });
    const months = new Map<string, SalesRow[]>();
    for (const row of rows) months.set(row.key ?? '', [...(months.get(row.key ?? '') ?? []), row]);
    return new Map([...months].map(([key, parts]) => [key, figures(...parts)]));
  }
});

const thousandths = (amount: string): bigint => {
  const [whole = '', places = ''] = amount.split('.');
  return BigInt(whole + places.padEnd(3, '0'));
};
const total = (amounts: string[]): string => decimal(amounts.reduce((sum, amount) => sum + thousandths(amount), 0n));

const figures = (...rows: SalesRow[]) => ({
  orders: rows.reduce((sum, { orders }) => sum + orders, 0),
  units: rows.reduce((sum, { units }) => sum + units, 0),
  gross: total(rows.map(({ gross }) => gross)),
  credits: total(rows.map(({ credits }) => credits)),
});

type Entry = [string, ReturnType<typeof figures>];
const byKey = ([a]: Entry, [b]: Entry): number => (a < b ? -1 : 1);
const entriesOf = (map: Map<string, ReturnType<typeof figures>>): Entry[] => [...map].sort(byKey);
const entries = (sums: Map<string, Sums>): Entry[] =>
  [...sums]
    .map(([key, { orders, units, gross, credits }]): Entry => [key, { orders: orders.size, units, gross: decimal(gross), credits: decimal(credits) }])
    .sort(byKey);
