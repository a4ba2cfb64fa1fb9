import { kindOf, type Kind, type Refused } from './fates.js';
import type { Reject, Row } from './rows.js';

/** A row that became part of an order, a credit note or a movement. `ordinal` is its place in its invoice, from 1. */
export interface Line {
  readonly row: Row;
  readonly kind: Kind;
  readonly ordinal: number;
}

/** All rows of one invoice. Time, customer and country are those of its first row. */
export interface Invoice {
  readonly number: string;
  readonly at: string;
  readonly customerId: string | null;
  readonly country: string;
  readonly lines: readonly Line[];
}

interface Open {
  head: Row | undefined;
  ordinal: number;
  lines: Line[];
}

/**
 * Gathers rows into invoices. An invoice's rows need not follow each other, so it is complete only at the row that a first reading
 * of the file found to be its last: one order whatever lies between, and in memory no more than the invoices open at once.
 */
export class Invoices {
  private readonly open = new Map<string, Open>();

  /**
   * @param lastRow the number of the last row of each invoice in the file, as `Survey` counts them
   * @param cutOff the invoice that a cut-off file ends in: half an order under its number would keep the whole one out later
   */
  constructor(
    private readonly lastRow: ReadonlyMap<string, number>,
    private readonly cutOff?: string,
  ) {}

  /** Adds row `number` of the file. Answers the invoice when this was its last row, and the row itself when it is rejected. */
  add(number: number, row: Row | Reject): { complete?: Invoice; rejected?: Reject } {
    const { invoice } = row;
    if (invoice === undefined) return { rejected: row as Reject };
    if (invoice === this.cutOff) return { rejected: 'reason' in row ? row : asReject(row, CUT_OFF) };
    let open = this.open.get(invoice);
    if (!open) this.open.set(invoice, (open = { head: undefined, ordinal: 0, lines: [] }));
    open.ordinal++;
    const rejected = 'reason' in row ? row : place(open, row);
    const complete = this.lastRow.get(invoice) === number ? this.close(invoice, open) : undefined;
    return { ...(complete && { complete }), ...(rejected && { rejected }) };
  }

  private close(number: string, { head, lines }: Open): Invoice | undefined {
    this.open.delete(number);
    return head && lines.length > 0 ? { number, at: head.at, customerId: head.customerId, country: head.country, lines } : undefined;
  }
}

const CUT_OFF: Refused = { column: 'InvoiceNo', reason: 'cut-off', detail: 'the file ends within this invoice, which may lack rows' };

/** The row as rejected for a reason that was found after it was read. */
export const asReject = (row: Row, refused: Refused): Reject => ({ line: row.line, text: row.text, invoice: row.invoice, ...refused });

function place(open: Open, row: Row): Reject | undefined {
  open.head ??= row;
  const kind = differs(open.head, row) ?? kindOf(row);
  if (typeof kind === 'object') return asReject(row, kind);
  open.lines.push({ row, kind, ordinal: open.ordinal });
  return undefined;
}

/** An order has one customer and one country; a row that names another belongs to no order that can be told. */
function differs(head: Row, row: Row): Refused | undefined {
  if (head.customerId !== row.customerId)
    return { column: 'CustomerID', reason: 'customer-differs', detail: `the invoice began with customer ${head.customerId ?? '(none)'}` };
  if (head.country !== row.country) return { column: 'Country', reason: 'country-differs', detail: `the invoice began in ${head.country}` };
  return undefined;
}
