import { fromUnits, times, toUnits } from '@kernel/money.js';
import type { OrderLine } from '../contract/events.js';
import type { GoodsLine } from './goods.js';
import { amountOf, isGoods, unitsOf } from './lines.js';
import { portion } from './portion.js';

/** What is known of an order's tax: the lines it was sold with, how far its goods have come, and the tax given back so far. */
export interface Taxed {
  readonly lines: readonly OrderLine[];
  readonly goods: readonly GoodsLine[];
  readonly taxBack: string;
}

/**
 * What goods are worth when they come back: their price, and their share of the order's tax. Shipping stays paid.
 *
 * Shares are rounded cumulatively: with each return the tax given back so far becomes the order's tax times the part of its goods, by value, that
 * has come back so far, rounded half up to two places; the share is what that adds. So whatever the parts, the shares of a whole order add up to its
 * tax exactly. A return that is rejected gives back the very share that it took. What that leaves above the rounded part makes the next shares smaller,
 * never negative.
 */
export function worthOf(order: Taxed, goods: readonly OrderLine[]): OrderLine[] {
  const tax = order.lines.find(({ kind }) => kind === 'tax');
  const share = taxShare(order, goods);
  if (!tax || share <= 0n) return [...goods];
  return [...goods, { ...tax, quantity: 1, unitPrice: fromUnits(share), lineTotal: fromUnits(share) }];
}

export const taxOf = (lines: readonly OrderLine[]): string => amountOf(lines.filter(({ kind }) => kind === 'tax'));

function taxShare({ lines, goods, taxBack }: Taxed, coming: readonly OrderLine[]): bigint {
  const tax = taxOf(lines);
  if (toUnits(tax) === 0n) return 0n;
  const back = goods.map(({ line, back: quantity }) => ({ ...line, quantity, lineTotal: times(line.unitPrice, quantity) }));
  const part = weightOf([...back, ...coming], lines);
  const whole = weightOf(lines.filter(isGoods), lines);
  const soFar = part === whole ? tax : portion(tax, part, whole);
  return toUnits(soFar) - toUnits(taxBack);
}

/** Goods weigh what they cost; where all were free, and the tax is that of their shipping, they weigh by number. */
function weightOf(some: readonly OrderLine[], all: readonly OrderLine[]): bigint {
  return toUnits(amountOf(all.filter(isGoods))) > 0n ? toUnits(amountOf(some)) : BigInt(unitsOf(some));
}
