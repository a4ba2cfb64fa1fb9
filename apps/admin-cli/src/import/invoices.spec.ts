import { kindOf } from './fates.js';
import { Invoices, type Invoice } from './invoices.js';
import type { Reject, Row } from './rows.js';

const row = (fields: Partial<Row> = {}): Row => ({
  line: 1,
  text: '',
  invoice: '1',
  sku: 'A',
  description: 'X',
  quantity: 1,
  at: '2011-01-01T00:00:00.000Z',
  price: '1.00',
  customerId: '7',
  country: 'EIRE',
  ...fields,
});
const gather = (rows: (Row | Reject)[], cutOff?: string) => {
  const last = new Map(rows.map(({ invoice }, index) => [invoice!, index + 1]));
  const invoices = new Invoices(last, cutOff);
  const complete: Invoice[] = [];
  const rejected: Reject[] = [];
  rows.forEach((one, index) => {
    const placed = invoices.add(index + 1, one);
    if (placed.complete) complete.push(placed.complete);
    if (placed.rejected) rejected.push(placed.rejected);
  });
  return { complete, rejected };
};

describe('the fate of a row', () => {
  it.each<[string, Partial<Row>, unknown]>([
    ['a sale', {}, 'sale'],
    ['a credit note', { invoice: 'C1', quantity: -1 }, 'credit'],
    ['price 0, given away', { price: '0', quantity: -3 }, 'stock-movement'],
    ['price 0, found', { price: '0.00', quantity: 3 }, 'stock-movement'],
    ['price 0 in a credit note', { invoice: 'C1', price: '0.0', quantity: -1 }, 'stock-movement'],
    ['quantity 0', { quantity: 0 }, { column: 'Quantity', reason: 'zero-quantity' }],
    ['quantity 0 at price 0', { quantity: 0, price: '0' }, { column: 'Quantity', reason: 'zero-quantity' }],
    ['price below 0', { price: '-0.01' }, { column: 'UnitPrice', reason: 'negative-price' }],
    ['goods back in a sale', { quantity: -1 }, { column: 'Quantity', reason: 'negative-quantity-in-sale' }],
    ['goods out in a credit note', { invoice: 'C1' }, { column: 'Quantity', reason: 'positive-quantity-in-credit-note' }],
    ['bad debt', { invoice: 'A563185', price: '-11062.06' }, { column: 'InvoiceNo', reason: 'invoice-kind-A' }],
    ['no invoice number', { invoice: 'draft 5' }, { column: 'InvoiceNo', reason: 'invoice-number' }],
  ])('%s', (_, fields, fate) =>
    typeof fate === 'string' ? expect(kindOf(row(fields))).toBe(fate) : expect(kindOf(row(fields))).toMatchObject(fate as object),
  );
});

describe('Invoices', () => {
  it('is one invoice though another stands between its rows', () => {
    const { complete } = gather([row(), row({ invoice: '2' }), row({ sku: 'B' })]);
    expect(complete.map(({ number, lines }) => [number, lines.map((line) => line.row.sku)])).toEqual([
      ['2', ['A']],
      ['1', ['A', 'B']],
    ]);
  });

  it('has the time of its first row, and counts each row in its place', () => {
    const { complete } = gather([row({ at: 'first', price: '0' }), row({ at: 'second' }), row({ at: 'second' })]);
    expect(complete[0]).toMatchObject({ at: 'first', customerId: '7', country: 'EIRE' });
    expect(complete[0]!.lines.map(({ kind, ordinal }) => [kind, ordinal])).toEqual([
      ['stock-movement', 1],
      ['sale', 2],
      ['sale', 3],
    ]);
  });

  it('keeps the place of a row when one before it is rejected', () => {
    const { complete } = gather([{ line: 1, text: '', invoice: '1', column: 'Quantity', reason: 'bad-number', detail: '' }, row()]);
    expect(complete[0]!.lines[0]!.ordinal).toBe(2);
  });

  it('rejects a row of another customer or country', () => {
    const { complete, rejected } = gather([row(), row({ customerId: null }), row({ country: 'France' }), row({ sku: 'B' })]);
    expect(rejected.map(({ column, reason }) => [column, reason])).toEqual([
      ['CustomerID', 'customer-differs'],
      ['Country', 'country-differs'],
    ]);
    expect(complete[0]!.lines).toHaveLength(2);
  });

  it('is complete when its last row is a rejected one, and nothing when all are', () => {
    expect(gather([row(), row({ quantity: 0 })]).complete).toHaveLength(1);
    expect(gather([row({ quantity: 0 })])).toMatchObject({ complete: [], rejected: [{ reason: 'zero-quantity' }] });
  });

  it('holds back the invoice in which the file is cut off', () => {
    const { complete, rejected } = gather([row(), row({ invoice: '2' }), row({ invoice: '2', quantity: 0 })], '2');
    expect(complete.map(({ number }) => number)).toEqual(['1']);
    expect(rejected.map(({ reason }) => reason)).toEqual(['cut-off', 'cut-off']);
  });
});
