import { isDecimal } from '@kernel/money.js';
import type { BrokenRecord, RawRecord } from './records.js';
import type { WallClock } from './wall-clock.js';

/** The columns that an import needs, as the file's first line must name them. Others are allowed and not read. */
const COLUMNS = ['InvoiceNo', 'StockCode', 'Description', 'Quantity', 'InvoiceDate', 'UnitPrice', 'CustomerID', 'Country'] as const;
type Column = (typeof COLUMNS)[number];

/** One line of an invoice, checked by itself. `at` is UTC, `price` a decimal string in the shop's currency. */
export interface Row {
  readonly line: number;
  readonly text: string;
  readonly invoice: string;
  readonly sku: string;
  readonly description: string;
  readonly quantity: number;
  readonly at: string;
  readonly price: string;
  readonly customerId: string | null;
  readonly country: string;
}

/** A row that is not imported: where, in which column, the reason that is counted, and the words for a person. */
export interface Reject {
  readonly line: number;
  readonly text: string;
  readonly column: string;
  readonly reason: string;
  readonly detail: string;
  /** The invoice it would have belonged to, when that can still be read. */
  readonly invoice?: string;
}

/** Nothing of the file can be imported. */
export class UnusableFile extends Error {
  override readonly name = 'UnusableFile';
}

const WHOLE = /^[+-]?\d{1,9}$/;
const NON_ASCII = /[\x80-\xff]/;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Latin1-held bytes as the UTF-8 they are; undefined when they are not. */
function decode(cell: string): string | undefined {
  if (!NON_ASCII.test(cell)) return cell;
  try {
    return utf8.decode(Buffer.from(cell, 'latin1'));
  } catch {
    return undefined;
  }
}

/** Reads records into rows by the names of the first record. */
export class RowParser {
  private readonly at: Readonly<Record<Column, number>>;
  private readonly names: readonly string[];

  /** @throws UnusableFile naming every column that is missing or there twice */
  constructor(
    header: RawRecord | BrokenRecord,
    private readonly clock: WallClock,
  ) {
    if ('brokenColumn' in header) throw new UnusableFile(`line ${header.line}: the column names cannot be read: ${header.detail}`);
    this.names = header.cells.map((name) => name.trim());
    const missing = COLUMNS.filter((name) => !this.names.includes(name));
    if (missing.length > 0) {
      const found = this.names.map(printable).join(', ').slice(0, 200);
      throw new UnusableFile(`line ${header.line}: missing column${missing.length > 1 ? 's' : ''} ${missing.join(', ')} (found: ${found})`);
    }
    const twice = COLUMNS.filter((name) => this.names.indexOf(name) !== this.names.lastIndexOf(name));
    if (twice.length > 0) throw new UnusableFile(`line ${header.line}: column ${twice.join(', ')} is there twice`);
    this.at = Object.fromEntries(COLUMNS.map((name) => [name, this.names.indexOf(name)])) as Record<Column, number>;
  }

  /** The row, or why it is none. */
  parse(record: RawRecord | BrokenRecord): Row | Reject {
    const { line, text } = record;
    if ('brokenColumn' in record) {
      return { line, text, column: this.names[record.brokenColumn - 1] ?? String(record.brokenColumn), reason: record.reason, detail: record.detail };
    }
    const { cells } = record;
    const invoice = cells[this.at.InvoiceNo]?.trim() ?? '';
    const reject = (column: string, reason: string, detail: string): Reject => ({
      line,
      text,
      column,
      reason,
      detail,
      ...(invoice !== '' && { invoice }),
    });

    if (cells.length !== this.names.length) {
      const name = this.names[Math.min(cells.length, this.names.length) - 1] ?? '';
      return reject(
        name,
        cells.length < this.names.length ? 'too-few-columns' : 'too-many-columns',
        `${cells.length} cells where the first line names ${this.names.length}`,
      );
    }
    const decoded: readonly (string | undefined)[] = NON_ASCII.test(text) ? cells.map(decode) : cells;
    const wrong = decoded === cells ? -1 : decoded.indexOf(undefined);
    if (wrong >= 0) return reject(this.names[wrong]!, 'bad-utf8', 'bytes that are not UTF-8');
    const cell = (name: Column): string => decoded[this.at[name]]!;
    // Postgres holds no NUL in text; a file that has one was not exported as text.
    const nul = text.includes('\0') ? cells.findIndex((value) => value.includes('\0')) : -1;
    if (nul >= 0) return reject(this.names[nul]!, 'control-character', 'a NUL byte');

    const sku = cell('StockCode');
    const country = cell('Country').trim();
    if (invoice === '') return reject('InvoiceNo', 'missing-value', 'InvoiceNo is empty');
    if (sku.trim() === '') return reject('StockCode', 'missing-value', 'StockCode is empty');
    if (country === '') return reject('Country', 'missing-value', 'Country is empty');

    const quantity = cell('Quantity').trim();
    if (!WHOLE.test(quantity)) return reject('Quantity', 'bad-number', `not a whole number of at most nine digits: ${shown(quantity)}`);
    const price = cell('UnitPrice').trim();
    if (!isDecimal(price)) return reject('UnitPrice', 'bad-number', `not a decimal number with at most four places: ${shown(price)}`);
    const at = this.clock.toUtc(cell('InvoiceDate').trim());
    if (at === undefined) return reject('InvoiceDate', 'bad-date', `not a date and time as 2010-12-01 08:26:00: ${shown(cell('InvoiceDate'))}`);

    const customer = cell('CustomerID').trim();
    const description = cell('Description').trim();
    return { line, text, invoice, sku, description, quantity: Number(quantity), at, price, customerId: customer === '' ? null : customer, country };
  }
}

const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?');
const shown = (text: string): string => JSON.stringify(text.slice(0, 60));
