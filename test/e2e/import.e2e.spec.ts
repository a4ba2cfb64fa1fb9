import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { eventually } from '@testing/eventually.js';
import { startServer, type TestServer } from '@testing/server.js';
import { AdminClient } from '../support/api-client.js';
import { csvFile, csvRow } from '../support/retail-csv.js';
import { runCli, startCli } from '../support/run-cli.js';
import { decimal, syntheticRetail } from '../support/synthetic-retail.js';

const YEAR = { from: '2011-01-01', to: '2012-01-01', grain: 'month', timezone: 'Europe/London' } as const;
const { csv, expected } = syntheticRetail(300);
const report = {
  rows: expected.rows,
  orders: expected.orders,
  orderLines: expected.orderLines,
  creditNotes: expected.creditNotes,
  stockMovements: expected.stockMovements,
  products: expect.any(Number),
  rejected: {},
  gross: decimal(expected.gross),
  credits: decimal(expected.credits),
  net: decimal(expected.gross - expected.credits),
  seconds: expect.any(Number),
};

describe('npm run import', () => {
  let folder: string;
  let server: TestServer;
  let api: AdminClient;
  const path = (name: string) => join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'import-e2e-'));
    server = await startServer();
    api = new AdminClient(server);
    await writeFile(path('retail.csv.gz'), gzipSync(csv));
  });
  afterAll(async () => {
    await server?.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  const figures = async () => {
    const { orders, units, gross, credits, net } = (await api.sales(YEAR)).totals;
    return { orders, units, gross, credits, net };
  };
  const { rows: _, products: __, ...money } = report;
  const shown = { orders: expected.orders, units: expected.units, gross: money.gross, credits: money.credits, net: money.net };

  it('goes on where an interrupted importer and a killed one stopped, to the exact figures', async () => {
    const startSlowly = () => startCli(server, 'import', path('retail.csv.gz'), '--batch', '1', '--in-flight', '1');
    const untilOrders = (limit: number) =>
      eventually(async () => expect((await api.get<{ items: unknown[] }>(`/orders?limit=${limit}`)).items).toHaveLength(limit));

    const interrupted = startSlowly();
    await untilOrders(10);
    interrupted.child.kill('SIGINT');
    expect(await interrupted.done).toMatchObject({ code: 130, stderr: expect.stringContaining('Run it again to go on') });

    const killed = startSlowly();
    await untilOrders(40);
    killed.child.kill('SIGKILL');
    expect(await killed.done).toMatchObject({ code: null });

    const run = await runCli(server, 'import', path('retail.csv.gz'), '--json');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.json()).toEqual(report);
    expect(await figures()).toEqual(shown);
  });

  it('imports a second time without a second order, and says so', async () => {
    expect((await runCli(server, 'import', path('retail.csv.gz'), '--json')).json()).toEqual(report);
    const run = await runCli(server, 'import', path('retail.csv.gz'));
    expect(run.stdout).toMatch(new RegExp(`rows +${expected.rows.toLocaleString('en-GB')}\\n`));
    expect(run.stdout).not.toMatch(/already there from before +0 /);
    expect(await figures()).toEqual(shown);
  });

  it('records an order as history: its own time and number, delivered', async () => {
    await writeFile(
      path('one.csv'),
      csvFile(csvRow({ invoice: '700001', date: '2012-06-01 09:41:00' }), csvRow({ invoice: '700001', quantity: 1, price: '0.125' })),
    );
    expect((await runCli(server, 'import', path('one.csv'))).code).toBe(0);
    expect(await api.get('/orders/700001')).toMatchObject({
      id: '700001',
      status: 'delivered',
      channel: 'import',
      total: { amount: '15.425', currency: 'GBP' },
    });
    const june = await api.sales({ from: '2012-06-01', to: '2012-06-02', grain: 'hour', timezone: 'Europe/London' });
    expect(june.rows[9]).toMatchObject({ orders: 1, units: 7, gross: '15.425' });
  });

  it('is proved by the audit', async () => {
    const run = await runCli(server, 'audit', '--json');
    expect(run).toMatchObject({ code: 0 });
    expect(run.json()).toMatchObject({ equal: true });
    expect((await runCli(server, 'audit')).stdout).toContain('Equal:');
  });

  it('answers the same from a rebuilt read model, and from the one before', async () => {
    const rebuilt = await runCli(server, 'rebuild', 'sales', '--json');
    expect(rebuilt.code).toBe(0);
    const { from, to } = rebuilt.json<{ from: number; to: number }>();
    expect(rebuilt.json()).toMatchObject({ readModel: 'sales', to: from + 1, certified: true });
    expect(await figures()).toEqual(shown);
    expect(await runCli(server, 'rebuild', 'sales', '--rollback')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`sales is back on generation ${from} (was ${to})`),
    });
    expect(await figures()).toEqual(shown);
    expect(await runCli(server, 'rebuild', 'no-such')).toMatchObject({ code: 2, stderr: expect.stringContaining('No rebuild of no-such: ') });
  });

  it('keeps the good rows of a bad file and writes the others down', async () => {
    const bad = Buffer.concat([
      Buffer.from(csvFile(csvRow({ invoice: '700010', date: '2012-07-01 10:00:00' }), csvRow({ invoice: '700011', date: '2012-07-01' }))),
      Buffer.from(`${csvRow({ invoice: '700012', description: '"OPEN' })}\n${csvRow({ invoice: '700013', description: 'CAF\xe9' })}\n`, 'latin1'),
      Buffer.from(
        `${csvRow({ invoice: '700014', price: '1,5' })}\n${csvRow({ invoice: 'A700015', price: '-5' })}\n${csvRow({ invoice: '700016', quantity: 'x' })}\n`,
      ),
    ]);
    await writeFile(path('bad.csv'), bad);
    const run = await runCli(server, 'import', path('bad.csv'), '--json', '--rejects', path('rejects.csv'));
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('6 rows were rejected');
    expect(run.json()).toMatchObject({
      rows: 7,
      orders: 1,
      gross: '15.30',
      rejected: { 'bad-date': 1, 'broken-quoting': 1, 'bad-utf8': 1, 'too-many-columns': 1, 'invoice-kind-A': 1, 'bad-number': 1 },
    });
    const rejects = (await readFile(path('rejects.csv'), 'latin1')).split('\n');
    expect(rejects[1]).toMatch(/^3,InvoiceDate,bad-date,/);
    expect(rejects[2]).toMatch(/^4,Description,broken-quoting,/);
    expect(rejects[3]).toMatch(/^5,Description,bad-utf8,.*CAF\xe9/);
  });

  it('imports what stands before the cut of a compressed file, then the rest from the whole one', async () => {
    const more = syntheticRetail(400, { seed: 2, year: 2013, firstInvoice: 800_000 });
    const whole = gzipSync(more.csv);
    await writeFile(path('cut.csv.gz'), whole.subarray(0, Math.floor(whole.length * 0.6)));
    await writeFile(path('whole.csv.gz'), whole);
    const cut = await runCli(server, 'import', path('cut.csv.gz'), '--json', '--rejects', path('cut.rejects.csv'));
    expect(cut.code).toBe(2);
    expect(cut.stderr).toContain('cut off before its end');
    expect(cut.json<{ orders: number }>().orders).toBeGreaterThan(50);
    expect((await runCli(server, 'import', path('whole.csv.gz'), '--json')).code).toBe(0);
    const { totals } = await api.sales({ ...YEAR, from: '2013-01-01', to: '2014-01-01' });
    expect(totals).toMatchObject({
      orders: more.expected.orders,
      units: more.expected.units,
      gross: decimal(more.expected.gross),
      credits: decimal(more.expected.credits),
    });
  });

  it.each([
    ['without a column', 'InvoiceNo,StockCode\n', 'missing columns Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country'],
    ['that is empty', '', 'the file is empty'],
  ])('says in one line what is wrong with a file %s', async (_name, content, words) => {
    await writeFile(path('unusable.csv'), content);
    const run = await runCli(server, 'import', path('unusable.csv'), '--json');
    expect(run.code).toBe(2);
    expect(run.stdout).toBe('');
    expect(run.stderr.trim().split('\n')).toEqual([expect.stringContaining(words)]);
  });

  it('says who may not sign in, and that no server is there', async () => {
    const wrong = await runCli({ ...server, url: server.url, adminPassword: 'not the password' }, 'import', path('one.csv'));
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('Check ADMIN_EMAIL and ADMIN_PASSWORD') });
    const none = await runCli({ ...server, url: 'http://127.0.0.1:1' }, 'import', path('one.csv'), '--retry-seconds', '0');
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('Is it running there?') });
  });
});
