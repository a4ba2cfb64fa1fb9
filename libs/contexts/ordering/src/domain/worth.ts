import { fromUnits, times, toUnits } from '@kernel/money.js';
import type { OrderLine } from '../contract/events.js';
import type { GoodsLine } from './goods.js';
import { amountOf, isGoods } from './lines.js';
import { portion } from './portion.js';

const isTax = ({ kind }: OrderLine): boolean => kind === 'tax';
/** What some of the lines cost, in ten-thousandths. */
const costOf = (lines: readonly OrderLine[], which: (line: OrderLine) => boolean): bigint => toUnits(amountOf(lines.filter(which)));

/** What is known of an order's tax: the lines it was sold with, how far its goods have come, and the tax given back so far. */
export interface Taxed {
  readonly lines: readonly OrderLine[];
  readonly goods: readonly GoodsLine[];
  readonly taxBack: string;
}

/**
 * What goods are worth when they come back or never go out: their price, and their share of the goods' tax. Shipping stays paid, and so does its tax.
 *
 * Shares are rounded cumulatively: with each return the tax given back so far becomes the goods' tax times the part of them, by value, that has come
 * back so far, rounded half up to two places; the share is what that adds. So whatever the parts, the shares of all goods add up to their tax exactly.
 * A return that is rejected gives back the very share that it took. What that leaves above the rounded part makes the next shares smaller, never
 * negative.
 */
export function worthOf(order: Taxed, goods: readonly OrderLine[]): OrderLine[] {
  const tax = order.lines.find(isTax);
  const share = taxShare(order, goods);
  if (!tax || share <= 0n) return [...goods];
  return [...goods, { ...tax, quantity: 1, unitPrice: fromUnits(share), lineTotal: fromUnits(share) }];
}

export const taxOf = (lines: readonly OrderLine[]): string => amountOf(lines.filter(isTax));

/**
 * The tax of an order's goods. An order is taxed at one rate, and once for goods and shipping together: what of it is shipping's is its part by value,
 * rounded half up to two places, and the rest is the goods'. Goods that cost nothing bear no tax.
 */
export function goodsTaxOf(lines: readonly OrderLine[]): string {
  const [tax, worth, shipping] = [taxOf(lines), costOf(lines, isGoods), costOf(lines, ({ kind }) => kind === 'shipping')];
  if (worth === 0n) return fromUnits(0n);
  return fromUnits(toUnits(tax) - toUnits(portion(tax, shipping, worth + shipping)));
}

function taxShare({ lines, goods, taxBack }: Taxed, coming: readonly OrderLine[]): bigint {
  const [tax, whole] = [goodsTaxOf(lines), costOf(lines, isGoods)];
  if (toUnits(tax) === 0n) return 0n;
  const back = goods.map(({ line, back: returned, dropped }) => {
    const quantity = returned + dropped;
    return { ...line, quantity, lineTotal: times(line.unitPrice, quantity) };
  });
  const part = costOf([...back, ...coming], isGoods);
  const soFar = part === whole ? tax : portion(tax, part, whole);
  return toUnits(soFar) - toUnits(taxBack);
}
