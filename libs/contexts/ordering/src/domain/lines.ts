import { isDecimal, sum, times } from '@kernel/money.js';
import { ensure, ensureValid } from '@kernel/refusal.js';
import type { OrderLine } from '../contract/events.js';

/** A line before its total is worked out. */
export type PricedLine = Omit<OrderLine, 'lineTotal'>;

/** Most units of one document: what every store of it counts exactly. */
const MOST_UNITS = 2_000_000_000;

export const withTotals = (lines: readonly PricedLine[]): OrderLine[] =>
  lines.map((line) => ({ ...line, lineTotal: held(times(line.unitPrice, line.quantity)) }));

/** @throws Refusal `ordering.amount-too-large`, `ordering.units-too-many` for more than can be stored exactly */
export function totalsOf(lines: readonly OrderLine[]): { units: number; total: string } {
  const units = lines.reduce((counted, line) => counted + line.quantity, 0);
  ensureValid(units <= MOST_UNITS, 'ordering.units-too-many', `More than ${MOST_UNITS} units in one document`, { units });
  return { units, total: held(sum(lines.map((line) => line.lineTotal))) };
}

function held(amount: string): string {
  ensureValid(isDecimal(amount), 'ordering.amount-too-large', 'The amount has more than 14 digits before the point', { amount });
  return amount;
}

/**
 * Picks quantities out of what is left of an order, line by line in its order: one SKU can stand there at several prices.
 * @throws Refusal `ordering.credit-exceeds-order` when more is asked for than is left
 */
export function take(wanted: readonly { sku: string; quantity: number }[], left: readonly OrderLine[]): OrderLine[] {
  const remaining = left.map((line) => line.quantity);
  const taken: PricedLine[] = [];
  for (const { sku, quantity } of wanted) {
    let missing = quantity;
    left.forEach((line, index) => {
      const from = line.sku === sku ? Math.min(missing, remaining[index]!) : 0;
      if (from === 0) return;
      remaining[index]! -= from;
      missing -= from;
      taken.push({ ...line, quantity: from });
    });
    ensure(missing === 0, 'ordering.credit-exceeds-order', `${missing} more of ${sku} than the order has left to credit`, { sku, missing });
  }
  return withTotals(taken);
}

/** What is left of lines after some of them were taken. */
export function leave(lines: readonly OrderLine[], taken: readonly OrderLine[]): OrderLine[] {
  const rest = lines.map((line) => ({ ...line }));
  for (const { sku, unitPrice, quantity } of taken) {
    let missing = quantity;
    for (const line of rest) {
      if (line.sku !== sku || line.unitPrice !== unitPrice) continue;
      const from = Math.min(missing, line.quantity);
      line.quantity -= from;
      missing -= from;
    }
  }
  return withTotals(rest.filter((line) => line.quantity > 0));
}
