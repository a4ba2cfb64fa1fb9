import { Dice } from '@demo/dice.js';
import { assortment, type Product } from './assortment.js';

export interface Line {
  readonly sku: string;
  readonly quantity: number;
}

/** One thing that happens about an order; `at` is ms since the shop's midnight. Null lines are all of them, or all that is left. */
export type Step = { readonly at: number } & (
  | { readonly kind: 'place' | 'cancel' | 'deliver' | 'receive' }
  | { readonly kind: 'ship'; readonly parcelId: string; readonly lines: readonly Line[] | null }
  | { readonly kind: 'return'; readonly reason: string; readonly lines: readonly Line[] | null }
);

/** What a customer wants, and what is meant to happen to it before the day is over. */
export interface Purchase {
  /** Unique in the day: idempotency keys are made of it. */
  readonly key: string;
  readonly customer: number;
  readonly country: string;
  readonly token: string;
  readonly lines: readonly Line[];
  /** In order of time, the placing first. */
  readonly steps: readonly Step[];
}

export interface Day {
  readonly products: readonly (Product & { readonly stock: number })[];
  readonly customers: number;
  /** In order of time. */
  readonly purchases: readonly Purchase[];
}

export const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** As few as look like a shop: each costs the server a password's hash, and it takes ten sign-ins a minute from one address. */
const CUSTOMERS = 6;

/** How many of a day's orders come in each hour: few at night, most at noon and after supper. */
const BY_HOUR = [4, 2, 1, 1, 1, 3, 8, 16, 26, 34, 42, 52, 64, 56, 46, 44, 46, 50, 56, 66, 78, 64, 34, 14] as const;

/** The means of payment, as the simulated provider knows them, by how many of a hundred orders are paid with each. */
const TOKENS: readonly (readonly [string, number])[] = [
  ['tok_approve', 86],
  ['tok_decline', 5],
  ['tok_late', 3],
  ['tok_timeout_then_capture', 2],
  ['tok_duplicate_callback', 2],
  ['tok_out_of_order', 2],
];
const COUNTRIES: readonly (readonly [string, number])[] = [
  ['United Kingdom', 60],
  ['Germany', 14],
  ['France', 11],
  ['Netherlands', 8],
  ['Ireland', 7],
];
const REASONS: readonly (readonly [string, number])[] = [
  ['too small', 3],
  ['broken', 2],
  ['not as described', 2],
  ['changed my mind', 4],
];
const CANCELLED_PERCENT = 4;
const RETURNED_PERCENT = 8;
const BY_PARCEL_PERCENT = 25;
/** Of what is wanted of them, so much is there of scarce products, and of the others. */
const SCARCE_SHARE = 0.4;
const AMPLE_SHARE = 1.2;

/** A shop's day: the same for the same seed and number of orders. */
export function dayOf({ seed, orders }: { readonly seed: number; readonly orders: number }): Day {
  const products = assortment(seed, Dice.of(seed, 'assortment'));
  const times = Dice.of(seed, 'times');
  const moments = Array.from({ length: orders }, () => momentOf(times)).sort((a, b) => a - b);
  const customers = Math.min(CUSTOMERS, orders);
  const purchases = moments.map((at, index) => purchase(Dice.of(seed, 'order', index), { index, at, customers, products }));
  const wanted = new Map<string, number>();
  for (const { sku, quantity } of purchases.flatMap(({ lines }) => lines)) wanted.set(sku, (wanted.get(sku) ?? 0) + quantity);
  const stocked = products.map((product) => ({
    ...product,
    stock: Math.ceil((wanted.get(product.sku) ?? 0) * (product.scarce ? SCARCE_SHARE : AMPLE_SHARE)) + 1,
  }));
  return { products: stocked, customers, purchases };
}

function momentOf(dice: Dice): number {
  const hour = dice.weighted(BY_HOUR.map((weight, each) => [each, weight] as const));
  return hour * 60 * MINUTE_MS + dice.between(0, 60 * MINUTE_MS - 1);
}

interface Occasion {
  readonly index: number;
  readonly at: number;
  readonly customers: number;
  readonly products: readonly Product[];
}

function purchase(dice: Dice, { index, at, customers, products }: Occasion): Purchase {
  const lines = basket(dice, products);
  return {
    key: `order-${index + 1}`,
    customer: dice.between(0, customers - 1),
    country: dice.weighted(COUNTRIES),
    token: dice.weighted(TOKENS),
    lines,
    // What would come after midnight is tomorrow's business.
    steps: [{ kind: 'place' as const, at }, ...fateOf(dice, at, lines)].filter((step) => step.at < DAY_MS),
  };
}

/** One to four different products; the first ones sell best, and the scarce ones are in demand. */
function basket(dice: Dice, products: readonly Product[]): Line[] {
  const chosen = new Map<string, Line>();
  for (let lines = dice.between(1, 4); lines > 0; lines--) {
    const { sku } = products[Math.floor(products.length * dice.next() ** 1.4)]!;
    chosen.set(sku, { sku, quantity: dice.between(1, 3) });
  }
  return [...chosen.values()];
}

function fateOf(dice: Dice, placedAt: number, lines: readonly Line[]): Step[] {
  let at = placedAt;
  const later = (least: number, most: number): number => (at += dice.between(least * MINUTE_MS, most * MINUTE_MS));
  if (dice.chance(CANCELLED_PERCENT)) return [{ kind: 'cancel', at: later(1, 30) }];
  const steps: Step[] = [];
  const byParcel = lines.length > 1 && dice.chance(BY_PARCEL_PERCENT);
  if (byParcel) steps.push({ kind: 'ship', parcelId: 'parcel-1', lines: [lines[0]!], at: later(20, 150) });
  steps.push({ kind: 'ship', parcelId: byParcel ? 'parcel-2' : 'parcel-1', lines: null, at: later(20, 150) });
  steps.push({ kind: 'deliver', at: later(60, 240) });
  if (!dice.chance(RETURNED_PERCENT)) return steps;
  const part = dice.chance(60) ? [{ ...lines[0]!, quantity: 1 }] : null;
  steps.push({ kind: 'return', reason: dice.weighted(REASONS), lines: part, at: later(15, 120) });
  return [...steps, { kind: 'receive', at: later(20, 90) }];
}
