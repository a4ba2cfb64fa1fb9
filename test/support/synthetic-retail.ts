import { Dice } from '@demo/dice.js';
import { csvFile, csvRow } from './retail-csv.js';

/** What a file must come to, counted while it is made and by none of the importer's code. Amounts in thousandths. */
export interface Expected {
  rows: number;
  orders: number;
  orderLines: number;
  units: number;
  creditNotes: number;
  stockMovements: number;
  gross: bigint;
  credits: bigint;
}

const COUNTRIES = ['United Kingdom', 'EIRE', 'Germany', 'France'];
const GOODS = ['HEART SIGN', 'RED MUG', 'JUMBO BAG', '"PENS, ""FUNKY"""', 'CAFÉ CLOCK', ''];

/** A file of the retailer's shape, always the same for the same seed: sales, credit notes, stock movements, repeats, interleaved invoices. */
export function syntheticRetail(invoices: number, { seed = 1, year = 2011, firstInvoice = 600_000 } = {}): { csv: string; expected: Expected } {
  const dice = new Dice(seed);
  const upTo = (most: number): number => dice.between(1, most);
  const expected: Expected = { rows: 0, orders: 0, orderLines: 0, units: 0, creditNotes: 0, stockMovements: 0, gross: 0n, credits: 0n };
  const rows: string[] = [];
  for (let n = 0; n < invoices; n++) {
    const kind = dice.next();
    const invoice = kind < 0.15 ? `C${firstInvoice + n}` : String(firstInvoice + n);
    const minute = new Date(Date.UTC(year, 2, 1, 8) + n * 17 * 60_000).toISOString().replace('T', ' ').slice(0, 16);
    const customer = upTo(5) === 1 ? '' : String(12_000 + upTo(300));
    const country = COUNTRIES[upTo(COUNTRIES.length) - 1]!;
    const lines = upTo(30);
    let sold = 0;
    for (let line = 0; line < lines; line++) {
      const item = upTo(200);
      const free = kind > 0.9 && line % 5 === 0;
      const thousandths = free ? 0 : upTo(9_000);
      const pieces = upTo(40);
      const quantity = kind < 0.15 || (free && line % 2 === 0) ? -pieces : pieces;
      const price = `${Math.floor(thousandths / 1000)}.${String(thousandths % 1000).padStart(3, '0')}`;
      const description = free ? 'damaged' : GOODS[item % GOODS.length]!;
      const row = csvRow({ invoice, sku: `S${item}`, description, quantity, date: `${minute}:00`, price, customer, country });
      // Every ninth row stands behind the first row of the next invoice, as happens in the real file.
      rows.splice(line === 0 && n % 9 === 8 ? rows.length - 1 : rows.length, 0, row);
      expected.rows++;
      if (free) expected.stockMovements++;
      else if (kind < 0.15) expected.credits += BigInt(thousandths * pieces);
      else {
        sold++;
        expected.orderLines++;
        expected.units += pieces;
        expected.gross += BigInt(thousandths * pieces);
      }
    }
    if (kind < 0.15) expected.creditNotes++;
    else if (sold > 0) expected.orders++;
  }
  return { csv: csvFile(...rows), expected };
}

/** A decimal as the API writes it: at least two places, no further zeros at its end. */
export function decimal(thousandths: bigint): string {
  const text = `${thousandths / 1000n}.${String(thousandths % 1000n).padStart(3, '0')}`;
  return text.endsWith('0') ? text.slice(0, -1) : text;
}
