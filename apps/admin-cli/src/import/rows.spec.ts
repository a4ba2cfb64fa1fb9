import { HEADER, csvRow } from '../../../../test/support/retail-csv.js';
import { RecordReader } from './records.js';
import { RowParser } from './rows.js';
import { WallClock } from './wall-clock.js';

const latin1 = (text: string): string => Buffer.from(text).toString('latin1');
const records = (text: string) => {
  const reader = new RecordReader();
  return [...reader.push(latin1(text)), ...reader.end()];
};
const parserOf = (header: string) => new RowParser(records(header)[0]!, new WallClock('Europe/London'));
const parse = (row: string, header = HEADER) => parserOf(header).parse(records(row)[0]!);

describe('RowParser', () => {
  it('reads a row', () => {
    expect(parse(csvRow({ description: '" A ""B"", £5 "' }))).toMatchObject({
      invoice: '536365',
      sku: '85123A',
      description: 'A "B", £5',
      quantity: 6,
      at: '2010-12-01T08:26:00.000Z',
      price: '2.55',
      customerId: '17850',
      country: 'United Kingdom',
    });
  });

  it('takes an empty customer for none and keeps a code as written', () => {
    expect(parse(csvRow({ customer: '', sku: 'gift_0001_40' }))).toMatchObject({ customerId: null, sku: 'gift_0001_40' });
  });

  it('reads columns in any order, with others between', () => {
    const header = 'Country,Extra,CustomerID,UnitPrice,InvoiceDate,Quantity,Description,StockCode,InvoiceNo';
    expect(parse('France,?,1,0.5,2011-01-01 10:00,2,X,S,1', header)).toMatchObject({ country: 'France', sku: 'S', quantity: 2, price: '0.5' });
  });

  it.each([
    ['Quantity', 'bad-number', csvRow({ quantity: '6.5' })],
    ['Quantity', 'bad-number', csvRow({ quantity: 'six' })],
    ['Quantity', 'bad-number', csvRow({ quantity: '' })],
    ['UnitPrice', 'bad-number', csvRow({ price: '2.55555' })],
    ['UnitPrice', 'bad-number', csvRow({ price: '1e3' })],
    ['UnitPrice', 'bad-number', csvRow({ price: 'NaN' })],
    ['InvoiceDate', 'bad-date', csvRow({ date: '2010-02-30 08:26:00' })],
    ['InvoiceNo', 'missing-value', csvRow({ invoice: '' })],
    ['StockCode', 'missing-value', csvRow({ sku: ' ' })],
    ['Country', 'missing-value', csvRow({ country: '' })],
    ['Description', 'control-character', csvRow({ description: 'A\0B' })],
    ['CustomerID', 'too-few-columns', csvRow().split(',').slice(0, 7).join(',')],
    ['Country', 'too-many-columns', `${csvRow()},more`],
    ['Description', 'broken-quoting', csvRow({ description: 'A "B" C' })],
  ])('rejects %s: %s', (column, reason, row) => expect(parse(row)).toMatchObject({ line: 1, column, reason, text: latin1(row) }));

  it('finds bytes that are not UTF-8, and replaces none', () => {
    const [record] = new RecordReader().push(`${csvRow({ description: 'CAF\xe9' })}\n`);
    expect(parserOf(HEADER).parse(record!)).toMatchObject({ column: 'Description', reason: 'bad-utf8', text: expect.stringContaining('CAF\xe9') });
  });

  it('names every column that the file lacks or has twice', () => {
    expect(() => parserOf('InvoiceNo,StockCode,Description,Quantity,InvoiceDate,Price,CustomerID')).toThrow(
      'line 1: missing columns UnitPrice, Country (found: InvoiceNo',
    );
    expect(() => parserOf(`${HEADER},Country`)).toThrow('column Country is there twice');
    expect(() => parserOf('InvoiceNo,"Stock')).toThrow('the column names cannot be read');
  });
});
