import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { csvFile, csvRow, HEADER } from '../../../../test/support/retail-csv.js';
import { ImportPlan } from './plan.js';
import type { Reject } from './rows.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'plan-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function plan(content: string | Buffer) {
  const path = join(folder, 'retail.csv');
  await writeFile(path, content);
  const of = await ImportPlan.of(path, { timezone: 'Europe/London', currency: 'GBP' });
  const commands: Record<string, unknown>[] = [];
  const rejected: Reject[] = [];
  for await (const step of of.steps()) {
    commands.push(...step.commands.map(({ body }) => JSON.parse(body) as Record<string, unknown>));
    rejected.push(...step.rejected);
  }
  return { of, commands, rejected };
}

describe('ImportPlan', () => {
  it('makes products first, then orders, credit notes and stock movements, each with its key', async () => {
    const { of, commands } = await plan(
      csvFile(
        csvRow({ sku: 'BB', price: '0', quantity: -2, description: 'damaged' }),
        csvRow({ price: '2.550' }),
        csvRow({ description: '', quantity: 1, price: '3' }),
        csvRow({ invoice: 'C536379', sku: 'D', description: 'Discount', quantity: -1, price: '27.5', customer: '', date: '2011-06-01 09:41:00' }),
      ),
    );
    expect(of.rows).toBe(4);
    const line = { sku: '85123A', name: 'WHITE HANGING HEART T-LIGHT HOLDER', category: 'Candles and lights' };
    expect(commands).toEqual([
      {
        kind: 'product',
        idempotencyKey: 'retail:product:BB',
        sku: 'BB',
        name: 'damaged',
        category: 'Other',
        price: { amount: '0.00', currency: 'GBP' },
      },
      { kind: 'product', idempotencyKey: 'retail:product:85123A', ...line, price: { amount: '2.55', currency: 'GBP' } },
      {
        kind: 'product',
        idempotencyKey: 'retail:product:D',
        sku: 'D',
        name: 'Discount',
        category: 'Charges',
        price: { amount: '27.50', currency: 'GBP' },
      },
      {
        kind: 'order',
        idempotencyKey: 'retail:order:536365',
        invoiceNo: '536365',
        placedAt: '2010-12-01T08:26:00.000Z',
        customerId: '17850',
        country: 'United Kingdom',
        currency: 'GBP',
        lines: [
          { ...line, quantity: 6, unitPrice: '2.55' },
          { sku: '85123A', name: '85123A', category: 'Other', quantity: 1, unitPrice: '3.00' },
        ],
      },
      {
        kind: 'stock-movement',
        idempotencyKey: 'retail:stock:536365:1',
        reference: '536365:1',
        sku: 'BB',
        quantity: -2,
        occurredAt: '2010-12-01T08:26:00.000Z',
        reason: 'damaged',
      },
      {
        kind: 'credit-note',
        idempotencyKey: 'retail:credit:C536379',
        invoiceNo: 'C536379',
        recordedAt: '2011-06-01T08:41:00.000Z',
        customerId: null,
        country: 'United Kingdom',
        currency: 'GBP',
        lines: [{ sku: 'D', name: 'Discount', category: 'Charges', quantity: 1, unitPrice: '27.50' }],
      },
    ]);
  });

  it('reads compressed files by their content, and past a byte order mark', async () => {
    expect((await plan(gzipSync(csvFile(csvRow())))).commands).toHaveLength(2);
    expect((await plan(`\ufeff${csvFile(csvRow())}`)).commands).toHaveLength(2);
  });

  it('keeps what stands before the cut of a compressed file, but not the invoice that the cut goes through', async () => {
    const rows = Array.from({ length: 3000 }, (_, n) => csvRow({ invoice: 500000 + (n >> 1), price: `${n}.5` }));
    const whole = gzipSync(csvFile(...rows));
    const { of, commands, rejected } = await plan(whole.subarray(0, whole.length >> 1));
    expect(of.cutOff?.message).toContain('cut off before its end');
    const orders = commands.filter(({ kind }) => kind === 'order');
    expect(orders.length).toBeGreaterThan(100);
    expect(orders.every(({ lines }) => (lines as unknown[]).length === 2)).toBe(true);
    expect(orders.length * 2 + rejected.length).toBe(of.rows);
    expect(rejected.map(({ reason }) => reason).every((reason) => reason === 'cut-off')).toBe(true);
  });

  it('trusts no row of a compressed file whose checksum is wrong', async () => {
    const damaged = gzipSync(csvFile(csvRow()));
    damaged[damaged.length - 8]! ^= 1;
    await expect(plan(damaged)).rejects.toThrow('damaged (incorrect data check)');
  });

  it.each([
    ['empty', '', 'the file is empty'],
    ['empty once unpacked', gzipSync(''), 'the file is empty'],
    ['UTF-16', Buffer.from('\ufeffInvoiceNo', 'utf16le'), 'UTF-16'],
    ['without a column', HEADER.replace(',Country', ''), 'missing column Country'],
    ['binary', Buffer.alloc(2_000_000, 0x41), 'not a CSV file'],
  ])('refuses a file that is %s', async (_, content, message) => expect(plan(content)).rejects.toThrow(message));

  it('refuses what is no file', async () => {
    const units = { timezone: 'Europe/London', currency: 'GBP' };
    await expect(ImportPlan.of(join(folder, 'none.csv'), units)).rejects.toThrow('there is no file');
    await expect(ImportPlan.of(folder, units)).rejects.toThrow('is a folder');
  });

  it('has nothing to do for a file of column names only', async () => {
    expect(await plan(`${HEADER}\n`)).toMatchObject({ commands: [], rejected: [] });
  });
});
