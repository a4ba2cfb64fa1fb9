import { canonical } from '@kernel/money.js';
import { categoryOf } from './category.js';
import { kindOf } from './fates.js';
import type { Reject, Row } from './rows.js';

/** A product as the file shows it. `price` is its first positive price, 0.00 when it was never sold. */
export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly category: string;
  readonly price: string;
}

interface Seen {
  sold?: string;
  noted?: string;
  price?: string;
}

/** What a first reading of the whole file tells: how many rows, where each invoice ends, which products there are. */
export class Survey {
  rows = 0;
  readonly lastRow = new Map<string, number>();
  private readonly seen = new Map<string, Seen>();
  private lastInvoice: string | undefined;

  add(row: Row | Reject): void {
    this.rows++;
    if (row.invoice !== undefined) this.lastRow.set(row.invoice, this.rows);
    if (row.invoice !== undefined) this.lastInvoice = row.invoice;
    if ('reason' in row) return;
    const kind = kindOf(row);
    if (typeof kind === 'object') return;
    let product = this.seen.get(row.sku);
    if (!product) this.seen.set(copy(row.sku), (product = {}));
    if (kind === 'stock-movement') {
      if (product.noted === undefined && row.description !== '') product.noted = copy(row.description);
      return;
    }
    product.price ??= canonical(row.price);
    if (product.sold === undefined && row.description !== '') product.sold = copy(row.description);
  }

  /** The invoice of the last row: incomplete, perhaps, when the file is cut off. */
  get last(): string | undefined {
    return this.lastInvoice;
  }

  /**
   * The products in the order of their first row. The name is the first description that it is sold under: rows with price 0 carry
   * notes ("damaged", "?") and name a product only when nothing else does; then its code is its name.
   */
  products(): Product[] {
    return [...this.seen].map(([sku, { sold, noted, price }]) => ({
      sku,
      name: sold ?? noted ?? sku,
      category: categoryOf(sku, sold ?? ''),
      price: price ?? '0.00',
    }));
  }
}

/** A string of its own: a cell is a slice that would keep the whole piece of the file it was cut from in memory. */
const copy = (text: string): string => Buffer.from(text).toString();
