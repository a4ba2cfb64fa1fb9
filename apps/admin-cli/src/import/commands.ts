import { canonical } from '@kernel/money.js';
import { categoryOf } from './category.js';
import type { Invoice, Line } from './invoices.js';
import type { Row } from './rows.js';
import type { Product } from './survey.js';

/** A command of the bulk endpoint with the rows that it carries, whose fate its answer decides. */
export interface ImportCommand {
  readonly kind: 'product' | 'order' | 'credit-note' | 'stock-movement';
  readonly idempotencyKey: string;
  readonly rows: readonly Row[];
  /** What goes over the wire, built once: the same file gives the same bytes, hence the same receipt. */
  readonly body: string;
}

/** The command that makes a product as the file first shows it. */
export function productCommand(product: Product, currency: string): ImportCommand {
  const { sku, name, category, price } = product;
  return command('product', `retail:product:${sku}`, [], { sku, name, category, price: { amount: price, currency } });
}

/**
 * The commands of one invoice: its order or credit note, when it has such lines, then each of its stock movements. They follow from the
 * invoice's own rows alone: it has the same content, and the same receipt, in every file that has it whole.
 */
export function invoiceCommands(invoice: Invoice, currency: string): ImportCommand[] {
  const commands: ImportCommand[] = [];
  const { number, at, customerId, country } = invoice;
  const sales = invoice.lines.filter(({ kind }) => kind === 'sale');
  const credits = invoice.lines.filter(({ kind }) => kind === 'credit');
  if (sales.length > 0) {
    const fields = { invoiceNo: number, placedAt: at, customerId, country, currency, lines: sales.map(({ row }) => orderLine(row)) };
    commands.push(command('order', `retail:order:${number}`, rowsOf(sales), fields));
  }
  if (credits.length > 0) {
    const fields = { invoiceNo: number, recordedAt: at, customerId, country, currency, lines: credits.map(({ row }) => orderLine(row)) };
    commands.push(command('credit-note', `retail:credit:${number}`, rowsOf(credits), fields));
  }
  for (const { row, kind, ordinal } of invoice.lines) {
    if (kind !== 'stock-movement') continue;
    const reference = `${number}:${ordinal}`;
    const fields = { reference, sku: row.sku, quantity: row.quantity, occurredAt: row.at, reason: row.description || 'no reason given' };
    commands.push(command('stock-movement', `retail:stock:${reference}`, [row], fields));
  }
  return commands;
}

const rowsOf = (lines: readonly Line[]): Row[] => lines.map(({ row }) => row);

/** Name, category and price are those that it was sold under then; quantities of a credit note are told as positive. */
function orderLine({ sku, description, quantity, price }: Row): object {
  return { sku, name: description || sku, category: knownCategory(sku, description), quantity: Math.abs(quantity), unitPrice: canonical(price) };
}

const MOST_KNOWN = 50_000;
const known = new Map<string, string>();

/** Few descriptions, many rows: the words are looked up once. */
function knownCategory(sku: string, description: string): string {
  const key = `${sku}\0${description}`;
  let category = known.get(key);
  if (category === undefined) {
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(key, (category = categoryOf(sku, description)));
  }
  return category;
}

function command(kind: ImportCommand['kind'], idempotencyKey: string, rows: readonly Row[], fields: object): ImportCommand {
  return { kind, idempotencyKey, rows, body: JSON.stringify({ kind, idempotencyKey, ...fields }) };
}
