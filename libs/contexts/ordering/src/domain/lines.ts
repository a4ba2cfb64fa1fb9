import { isDecimal, sum, times } from '@kernel/money.js';
import { ensureValid } from '@kernel/refusal.js';
import type { OrderLine } from '../contract/events.js';

/** A line before its total is worked out. */
export type PricedLine = Omit<OrderLine, 'lineTotal'>;
/** So many units of a SKU. */
export interface Quantity {
  readonly sku: string;
  readonly quantity: number;
}

/** Most units of one document: what every store of it counts exactly. */
const MOST_UNITS = 2_000_000_000;

export const isGoods = ({ kind }: { readonly kind: OrderLine['kind'] }): boolean => kind === 'goods';

export const withTotals = (lines: readonly PricedLine[]): OrderLine[] =>
  lines.map((line) => ({ ...line, lineTotal: held(times(line.unitPrice, line.quantity)) }));

/**
 * Units and their worth are of goods; the total is of all lines.
 * @throws Refusal `ordering.amount-too-large`, `ordering.units-too-many` for more than can be stored exactly
 */
export function totalsOf(lines: readonly OrderLine[]): { units: number; goodsTotal: string; total: string } {
  const goods = lines.filter(isGoods);
  const units = unitsOf(goods);
  ensureValid(units <= MOST_UNITS, 'ordering.units-too-many', `More than ${MOST_UNITS} units in one document`, { units });
  return { units, goodsTotal: held(amountOf(goods)), total: held(amountOf(lines)) };
}

export const unitsOf = (quantities: readonly { readonly quantity: number }[]): number =>
  quantities.reduce((counted, { quantity }) => counted + quantity, 0);

export const amountOf = (lines: readonly OrderLine[]): string => sum(lines.map(({ lineTotal }) => lineTotal));

/** One quantity a SKU, in the order in which the SKUs first come. */
export function merged(quantities: readonly Quantity[]): Quantity[] {
  const bySku = new Map<string, number>();
  for (const { sku, quantity } of quantities) bySku.set(sku, (bySku.get(sku) ?? 0) + quantity);
  return [...bySku].map(([sku, quantity]) => ({ sku, quantity }));
}

function held(amount: string): string {
  ensureValid(isDecimal(amount), 'ordering.amount-too-large', 'The amount has more than 14 digits before the point', { amount });
  return amount;
}
