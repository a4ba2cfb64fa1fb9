import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';

/** Sums in thousandths of a pound: the prices of the file have at most three places. */
export interface Sums {
  orders: Set<string>;
  units: number;
  gross: bigint;
  credits: bigint;
}

interface CsvRow {
  readonly InvoiceNo: string;
  readonly StockCode: string;
  readonly Quantity: string;
  readonly InvoiceDate: string;
  readonly UnitPrice: string;
  readonly CustomerID: string;
  readonly Country: string;
}

/** The file summed up by a few lines that share nothing with the importer or the projections. Months are those of the file's own clock. */
export class Oracle {
  readonly byMonth = new Map<string, Sums>();
  readonly byCountry = new Map<string, Sums>();
  readonly byProduct = new Map<string, Sums>();
  readonly byCustomer = new Map<string, Sums>();
  readonly stock = new Map<string, number>();

  constructor(file: string) {
    const bytes = readFileSync(file);
    const text = bytes[0] === 0x1f ? gunzipSync(bytes) : bytes;
    // An order and a credit note count in the month of their first row.
    const months = new Map<string, string>();
    for (const row of parse(text, { columns: true }) as CsvRow[]) {
      const [pounds = '', places = ''] = row.UnitPrice.split('.');
      const amount = BigInt(pounds + places.padEnd(3, '0')) * BigInt(row.Quantity);
      if (!months.has(row.InvoiceNo)) months.set(row.InvoiceNo, row.InvoiceDate.slice(0, 7));
      if (amount === 0n) {
        this.stock.set(row.StockCode, (this.stock.get(row.StockCode) ?? 0) + Number(row.Quantity));
        continue;
      }
      add(this.byMonth, months.get(row.InvoiceNo)!, row, amount);
      add(this.byCountry, row.Country, row, amount);
      add(this.byProduct, row.StockCode, row, amount);
      add(this.byCustomer, row.CustomerID, row, amount);
    }
  }
}

function add(sums: Map<string, Sums>, key: string, { InvoiceNo, Quantity }: CsvRow, amount: bigint): void {
  let sum = sums.get(key);
  if (!sum) sums.set(key, (sum = { orders: new Set(), units: 0, gross: 0n, credits: 0n }));
  if (InvoiceNo.startsWith('C')) sum.credits -= amount;
  else {
    sum.orders.add(InvoiceNo);
    sum.units += Number(Quantity);
    sum.gross += amount;
  }
}
