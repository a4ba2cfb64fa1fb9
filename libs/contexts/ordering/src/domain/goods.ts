import { ensure } from '@kernel/refusal.js';
import type { OrderLine } from '../contract/events.js';
import { isGoods, merged, withTotals, type Quantity } from './lines.js';

/** A line of goods and how far it has come: so many units went out, so many of those come back or are credited, and so many never go out. */
export interface GoodsLine {
  readonly line: OrderLine;
  readonly shipped: number;
  readonly back: number;
  readonly dropped: number;
}

/** How many units of a line something can still be done with. */
type Room = (goods: GoodsLine) => number;
const toShip: Room = ({ line, shipped, dropped }) => line.quantity - shipped - dropped;
const toCredit: Room = ({ shipped, back }) => shipped - back;
const underWayBack: Room = ({ back }) => back;

export const goodsOf = (lines: readonly OrderLine[]): GoodsLine[] => lines.filter(isGoods).map((line) => ({ line, shipped: 0, back: 0, dropped: 0 }));

/** What is still to go out, a quantity a SKU. */
export const unshipped = (goods: readonly GoodsLine[]): Quantity[] => quantitiesOf(goods, toShip);
/** What is still to go out, line by line at the price that it was sold at. */
export const unshippedLines = (goods: readonly GoodsLine[]): OrderLine[] =>
  withTotals(goods.map((each) => ({ ...each.line, quantity: toShip(each) })).filter(({ quantity }) => quantity > 0));
/** What went out and is neither credited nor asked to be, a quantity a SKU. */
export const creditable = (goods: readonly GoodsLine[]): Quantity[] => quantitiesOf(goods, toCredit);

/** Refuses where more is wanted of a SKU than there is. */
export function ensureWithin(wanted: readonly Quantity[], there: readonly Quantity[], code: string): void {
  const left = new Map(there.map(({ sku, quantity }) => [sku, quantity]));
  for (const { sku, quantity } of wanted) {
    const missing = quantity - (left.get(sku) ?? 0);
    ensure(missing <= 0, code, `${missing} more of ${sku} than there are`, { sku, missing });
  }
}

/** The lines that quantities of what can be credited are of, at the price that they were sold at. */
export function linesOf(wanted: readonly Quantity[], goods: readonly GoodsLine[]): OrderLine[] {
  const counts = spread(wanted, goods, toCredit, ({ sku }, { line }) => line.sku === sku);
  return withTotals(goods.flatMap(({ line }, index) => (counts[index] ? [{ ...line, quantity: counts[index] }] : [])));
}

/** Goods once these quantities, or all that was left, went out. */
export function ship(goods: readonly GoodsLine[], quantities: readonly Quantity[] | null): GoodsLine[] {
  if (quantities === null) return goods.map((each) => ({ ...each, shipped: each.shipped + toShip(each) }));
  const counts = spread(quantities, goods, toShip, ({ sku }, { line }) => line.sku === sku);
  return goods.map((each, index) => ({ ...each, shipped: each.shipped + counts[index]! }));
}

/** Goods once nothing of them is to go out any more. */
export const drop = (goods: readonly GoodsLine[]): GoodsLine[] => goods.map((each) => ({ ...each, dropped: each.dropped + toShip(each) }));

/** Goods of which these lines come back, or are credited. */
export function takeBack(goods: readonly GoodsLine[], lines: readonly OrderLine[]): GoodsLine[] {
  const counts = spread(lines.filter(isGoods), goods, toCredit, isOf);
  return goods.map((each, index) => ({ ...each, back: each.back + counts[index]! }));
}

/** Goods of which these lines stay with the customer after all. */
export function leave(goods: readonly GoodsLine[], lines: readonly OrderLine[]): GoodsLine[] {
  const counts = spread(lines.filter(isGoods), goods, underWayBack, isOf);
  return goods.map((each, index) => ({ ...each, back: each.back - counts[index]! }));
}

/** One SKU can stand in an order at several prices: a line that was credited is told by both. */
const isOf = (wanted: OrderLine, { line }: GoodsLine): boolean => line.sku === wanted.sku && line.unitPrice === wanted.unitPrice;

const quantitiesOf = (goods: readonly GoodsLine[], room: Room): Quantity[] =>
  merged(goods.map((each) => ({ sku: each.line.sku, quantity: room(each) }))).filter(({ quantity }) => quantity > 0);

/** How many units each line takes of what is wanted: as many as it has room for, line by line in the order's own sequence. */
function spread<Wanted extends Quantity>(
  wanted: readonly Wanted[],
  goods: readonly GoodsLine[],
  room: Room,
  fits: (wanted: Wanted, goods: GoodsLine) => boolean,
): number[] {
  const counts = goods.map(() => 0);
  for (const each of wanted) {
    let missing = each.quantity;
    goods.forEach((line, index) => {
      const taken = fits(each, line) ? Math.min(missing, room(line) - counts[index]!) : 0;
      counts[index]! += taken;
      missing -= taken;
    });
  }
  return counts;
}
