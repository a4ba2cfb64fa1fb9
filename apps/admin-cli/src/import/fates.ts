import { toUnits } from '@kernel/money.js';
import type { Row } from './rows.js';

/** What a row is by itself. A row that is rejected says why instead. */
export type Kind = 'sale' | 'credit' | 'stock-movement';

/** Why a row that reads well is still not imported. */
export interface Refused {
  readonly column: string;
  readonly reason: string;
  readonly detail: string;
}

const SALE = /^\d+$/;
const CREDIT = /^C\d+$/;
const LETTER = /^([A-Z])\d+$/;

/**
 * Every row has exactly one fate. Goods that were given away, lost or found are booked at price 0: a stock movement. Else a plain
 * number is a sale, a C number a credit note; both have a positive price, a sale a positive and a credit note a negative quantity.
 */
export function kindOf(row: Row): Kind | Refused {
  const credit = CREDIT.test(row.invoice);
  if (!credit && !SALE.test(row.invoice)) {
    const letter = LETTER.exec(row.invoice)?.[1];
    return letter
      ? {
          column: 'InvoiceNo',
          reason: `invoice-kind-${letter}`,
          detail: `invoices of kind ${letter} (an adjustment such as bad debt) are neither a sale nor a credit note`,
        }
      : { column: 'InvoiceNo', reason: 'invoice-number', detail: 'not digits, nor C and digits' };
  }
  if (row.quantity === 0) return { column: 'Quantity', reason: 'zero-quantity', detail: 'a quantity of 0 sells and moves nothing' };
  const price = toUnits(row.price);
  if (price === 0n) return 'stock-movement';
  if (price < 0n) return { column: 'UnitPrice', reason: 'negative-price', detail: 'a price below 0 is an adjustment of the books, not a sale' };
  if (credit) {
    return row.quantity < 0
      ? 'credit'
      : { column: 'Quantity', reason: 'positive-quantity-in-credit-note', detail: 'a credit note takes goods back: its quantities are negative' };
  }
  return row.quantity > 0
    ? 'sale'
    : { column: 'Quantity', reason: 'negative-quantity-in-sale', detail: 'a sale has positive quantities; goods taken back are a C invoice' };
}
