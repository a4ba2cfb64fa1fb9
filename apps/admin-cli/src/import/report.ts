import { fromUnits, toUnits } from '@kernel/money.js';
import type { ImportCommand } from './commands.js';

/** What became of a file, as `--json` prints it. Amounts are exact decimals in the shop's currency. */
export interface Report {
  readonly rows: number;
  readonly orders: number;
  readonly orderLines: number;
  readonly creditNotes: number;
  readonly stockMovements: number;
  readonly products: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly gross: string;
  readonly credits: string;
  readonly net: string;
  readonly seconds: number;
}

/** Counts every row once, by its fate. An answer `replayed` counts like `created`: the row is in the shop, once. */
export class Tally {
  rows = 0;
  orders = 0;
  orderLines = 0;
  creditNotes = 0;
  creditLines = 0;
  stockMovements = 0;
  products = 0;
  replayed = 0;
  units = 0;
  private readonly reasons = new Map<string, number>();
  private gross = 0n;
  private credits = 0n;

  reject(reason: string, rows = 1): void {
    this.rows += rows;
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + rows);
  }

  accept({ kind, rows }: ImportCommand, replayed: boolean): void {
    this.rows += rows.length;
    if (replayed) this.replayed++;
    if (kind === 'product') this.products++;
    else if (kind === 'stock-movement') this.stockMovements++;
    else {
      const amount = rows.reduce((total, row) => total + toUnits(row.price) * BigInt(row.quantity), 0n);
      if (kind === 'order') {
        this.orders++;
        this.orderLines += rows.length;
        this.units += rows.reduce((total, row) => total + row.quantity, 0);
        this.gross += amount;
      } else {
        this.creditNotes++;
        this.creditLines += rows.length;
        this.credits -= amount;
      }
    }
  }

  get rejectedRows(): number {
    return [...this.reasons.values()].reduce((total, count) => total + count, 0);
  }

  report(seconds: number): Report {
    const { rows, orders, orderLines, creditNotes, stockMovements, products, gross, credits } = this;
    return {
      rows,
      orders,
      orderLines,
      creditNotes,
      stockMovements,
      products,
      rejected: Object.fromEntries([...this.reasons].sort(([a], [b]) => (a < b ? -1 : 1))),
      gross: fromUnits(gross),
      credits: fromUnits(credits),
      net: fromUnits(gross - credits),
      seconds: Math.round(seconds * 1000) / 1000,
    };
  }

  /** The report in words: the fates of the rows first, which add up to all of them. */
  words(currency: string, seconds: number): string {
    const { orders, creditNotes, products, gross, credits, net, rejected } = this.report(seconds);
    const line = (label: string, value: string | number, note = ''): string =>
      `  ${label.padEnd(34)}${(typeof value === 'number' ? value.toLocaleString('en-GB') : value).padStart(14)}${note && `  ${note}`}`;
    return [
      'What became of the rows',
      line('order lines', this.orderLines, `in ${orders.toLocaleString('en-GB')} orders, ${this.units.toLocaleString('en-GB')} units`),
      line('credit note lines', this.creditLines, `in ${creditNotes.toLocaleString('en-GB')} credit notes`),
      line('stock movements', this.stockMovements),
      ...Object.entries(rejected).map(([reason, count]) => line(`rejected: ${reason}`, count)),
      line('rows', this.rows),
      '',
      line('products', products),
      line('already there from before', this.replayed, 'commands, not done twice'),
      line('gross', gross, currency),
      line('credits', credits, currency),
      line('net', net, currency),
      line('seconds', seconds.toFixed(1), `${Math.round(this.rows / Math.max(seconds, 0.001)).toLocaleString('en-GB')} rows/s`),
    ].join('\n');
  }
}
