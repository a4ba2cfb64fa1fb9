import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeImportServer, json } from '../../../../test/support/fake-import-server.js';
import { csvFile, csvRow } from '../../../../test/support/retail-csv.js';
import { Api } from '../client/api.js';
import { importFile } from './import-file.js';
import { RejectsFile } from './rejects.js';

let folder: string;
let server: FakeImportServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'import-'));
  server = new FakeImportServer();
  await server.start();
});
afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const rejectsPath = () => join(folder, 'rejects.csv');
async function run(rows: string[] | Buffer, options: { batchSize?: number; inFlight?: number } = {}) {
  const file = join(folder, 'retail.csv');
  await writeFile(file, Array.isArray(rows) ? csvFile(...rows) : rows);
  let advanced = 0;
  const imported = await importFile({
    file,
    units: { timezone: 'Europe/London', currency: 'GBP' },
    api: new Api({ url: server.url, credentials: () => Promise.resolve({ email: 'a@b.c', password: 'right' }), retrySeconds: 5 }),
    rejects: await RejectsFile.at(rejectsPath()),
    batchSize: options.batchSize ?? 3,
    inFlight: options.inFlight ?? 2,
    progress: () => ({ advance: (count) => void (advanced += count), say: () => {}, stop: () => {} }),
  });
  return { ...imported, report: imported.tally.report(imported.seconds), advanced };
}

const sales = Array.from({ length: 20 }, (_, n) => csvRow({ invoice: 500 + n, quantity: n + 1, price: '0.125' }));

describe('importFile', () => {
  it('reports exactly what became of every row', async () => {
    const { report, tally, advanced } = await run([
      ...sales,
      csvRow({ invoice: 'C600', quantity: -2, price: '0.5' }),
      csvRow({ invoice: '601', quantity: -4, price: '0' }),
      csvRow({ invoice: 'A602', price: '-5' }),
      csvRow({ invoice: '603', quantity: 'x' }),
    ]);
    expect(report).toEqual({
      rows: 24,
      orders: 20,
      orderLines: 20,
      creditNotes: 1,
      stockMovements: 1,
      products: 1,
      rejected: { 'bad-number': 1, 'invoice-kind-A': 1 },
      gross: '26.25',
      credits: '1.00',
      net: '25.25',
      seconds: expect.any(Number),
    });
    expect(tally.orderLines + tally.creditLines + tally.stockMovements + tally.rejectedRows).toBe(24);
    expect(advanced).toBe(24);
    expect(tally.words('GBP', 1.5)).toMatch(/order lines +20 +in 20 orders, 210 units[^]*rejected: bad-number +1[^]*rows +24[^]*net +25\.25 +GBP/);
  });

  it('writes what it rejects with line, column and reason, byte for byte', async () => {
    const bad = Buffer.concat([
      Buffer.from(csvFile(sales[0]!)),
      Buffer.from('1,"A,', 'latin1'),
      Buffer.from('\n2,S,CAF\xe9,1,2011-01-01 10:00,1,,EIRE\n', 'latin1'),
    ]);
    await run(bad);
    expect(await readFile(rejectsPath(), 'latin1')).toBe(
      [
        'line,column,reason,detail,raw',
        '3,StockCode,broken-quoting,the quote is never closed,"1,""A,"',
        '4,Description,bad-utf8,bytes that are not UTF-8,"2,S,CAF\xe9,1,2011-01-01 10:00,1,,EIRE"',
        '',
      ].join('\n'),
    );
  });

  it('leaves no rejects file when nothing is rejected, nor one of an earlier run', async () => {
    await writeFile(rejectsPath(), 'old');
    await run(sales);
    await expect(readFile(rejectsPath())).rejects.toThrow('ENOENT');
  });

  it('imports twice to the same state and the same report', async () => {
    const first = await run(sales);
    const keys = [...server.seen.keys()];
    const second = await run(sales, { batchSize: 7, inFlight: 1 });
    expect({ ...second.report, seconds: 0 }).toEqual({ ...first.report, seconds: 0 });
    expect([...server.seen.keys()]).toEqual(keys);
    expect([first.tally.replayed, second.tally.replayed]).toEqual([0, 21]);
  });

  it('goes on where the server was cut off in the middle of an answer', async () => {
    let cuts = 3;
    server.interfere = ({ url, socket }) => url === '/api/v1/import/batch' && server.batches.length > 1 && cuts-- > 0 && (socket.destroy(), true);
    const { report } = await run(sales);
    expect(cuts).toBeLessThan(0);
    expect(report).toMatchObject({ orders: 20, rejected: {} });
  });

  it('counts the rows of a refused order by the code of the refusal', async () => {
    server.refuse = ({ idempotencyKey }) =>
      idempotencyKey === 'retail:order:503' ? { code: 'idempotency.key-reused', detail: 'another body' } : undefined;
    const { report } = await run([...sales, csvRow({ invoice: '503', sku: 'second line' })]);
    expect(report).toMatchObject({ rows: 21, orders: 19, rejected: { 'refused: idempotency.key-reused': 2 } });
    expect(await readFile(rejectsPath(), 'utf8')).toContain('refused: idempotency.key-reused,another body,"503,second line');
  });

  it('finds the one command that a whole request was refused for', async () => {
    server.interfere = (_, response, body) =>
      body.includes('retail:order:510"') &&
      (json(response, 400, { code: 'request.invalid', detail: 'Bad', errors: [{ field: 'country', message: 'too long' }] }), true);
    const { report } = await run(sales, { batchSize: 10 });
    expect(report).toMatchObject({ orders: 19, rejected: { 'refused: request.invalid': 1 } });
    expect(await readFile(rejectsPath(), 'utf8')).toContain('Bad; country too long');
  });

  it('needs no product to import the orders of it', async () => {
    server.refuse = ({ idempotencyKey }) => (idempotencyKey.startsWith('retail:product') ? { code: 'catalog.bad-sku', detail: 'no' } : undefined);
    const { report, refusedProducts } = await run(sales);
    expect(report).toMatchObject({ orders: 20, products: 0, rejected: {} });
    expect(refusedProducts).toEqual(['retail:product:85123A: catalog.bad-sku: no']);
  });

  it('leaves a product as an earlier file showed it', async () => {
    server.refuse = ({ idempotencyKey }) =>
      idempotencyKey.startsWith('retail:product') ? { code: 'idempotency.key-reused', detail: 'other body' } : undefined;
    expect(await run(sales)).toMatchObject({ refusedProducts: [], report: { orders: 20, products: 1, rejected: {} } });
  });

  it('stops at a server that has no bulk import', async () => {
    server.interfere = ({ url }, response) => url === '/api/v1/import/batch' && (json(response, 404, { detail: 'Cannot POST' }), true);
    await expect(run(sales)).rejects.toThrow('The server has no bulk import (Cannot POST)');
  });
});
