import { Dice } from '@demo/dice.js';
import { times } from '@kernel/money.js';

export interface DemoProduct {
  readonly sku: string;
  readonly name: string;
  readonly category: string;
  /** Decimal string in the shop's currency. */
  readonly price: string;
  /** Units received into stock. */
  readonly stock: number;
}

export interface DemoLine {
  readonly sku: string;
  readonly name: string;
  readonly category: string;
  readonly quantity: number;
  readonly unitPrice: string;
}

export interface DemoOrder {
  /** Unique in the demo; idempotency keys are made of it. */
  readonly invoiceNo: string;
  readonly placedAt: string;
  readonly customerId: string;
  readonly country: string;
  readonly lines: readonly DemoLine[];
  /** What the customer sent back of it, and when. */
  readonly returned?: { readonly at: string; readonly lines: readonly DemoLine[] };
}

/** How far an order that is placed during the demo gets; a declined one has no means of payment that is good for it. */
export type DemoEnding = 'confirmed' | 'shipped' | 'delivered' | 'cancelled' | 'declined';

export interface DemoCustomer {
  readonly email: string;
  readonly name: string;
}

export interface DemoPurchase {
  readonly key: string;
  /** Index of the customer. */
  readonly customer: number;
  readonly country: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  readonly ending: DemoEnding;
}

export interface DemoShop {
  readonly products: readonly DemoProduct[];
  /** Orders of the days before, oldest first. */
  readonly history: readonly DemoOrder[];
  /** Who buys today. Those of the days before are known by their pseudonyms only. */
  readonly customers: readonly DemoCustomer[];
  /** Orders of today, through the same commands as a customer's. */
  readonly purchases: readonly DemoPurchase[];
}

const DAY_MS = 86_400_000;
const HISTORY_DAYS = 60;
const HISTORY_ORDERS = 180;
const PURCHASES = 20;
/** As few as look like a shop: each registration costs a password's hash. */
const CUSTOMERS = 12;

const CATALOG: Readonly<Record<string, readonly (readonly [name: string, price: string])[]>> = {
  Kitchen: [
    ['Cast iron skillet 26 cm', '34.50'],
    ['Stoneware mug', '8.95'],
    ['Pepper mill', '19.00'],
    ['Linen tea towel', '6.25'],
    ['Chopping board, oak', '27.40'],
    ['Milk jug', '11.20'],
    ['Bread tin', '22.75'],
  ],
  Lighting: [
    ['Paper lantern', '9.50'],
    ['Desk lamp, brass', '64.00'],
    ['Tealight holder', '3.95'],
    ['String lights 10 m', '14.99'],
    ['Beeswax candle', '5.85'],
  ],
  Garden: [
    ['Terracotta pot', '7.30'],
    ['Hand trowel', '12.60'],
    ['Bird feeder', '16.45'],
    ['Watering can 5 l', '24.90'],
    ['Seed box', '10.15'],
    ['Garden twine', '4.10'],
  ],
  Stationery: [
    ['Notebook, dotted', '7.95'],
    ['Fountain pen', '29.50'],
    ['Wrapping paper, set of 3', '5.40'],
    ['Birthday card', '2.75'],
    ['Desk calendar', '13.25'],
    ['Pencil case', '9.90'],
  ],
  Toys: [
    ['Wooden train', '18.75'],
    ['Puzzle 500 pieces', '15.20'],
    ['Spinning top', '4.65'],
    ['Felt animals, set of 5', '21.30'],
    ['Kite', '17.80'],
    ['Marbles', '3.45'],
  ],
};

/** Countries by how many orders in a hundred come from them. */
const COUNTRIES: readonly (readonly [country: string, weight: number])[] = [
  ['United Kingdom', 56],
  ['Germany', 13],
  ['France', 11],
  ['Netherlands', 7],
  ['Ireland', 6],
  ['Spain', 4],
  ['Japan', 3],
];

const ENDINGS: readonly (readonly [ending: DemoEnding, weight: number])[] = [
  ['delivered', 6],
  ['shipped', 4],
  ['confirmed', 4],
  ['cancelled', 3],
  ['declined', 3],
];

/** A small shop as of `now` (ISO 8601): the same one for the same instant, so that an interrupted demo can be played again. */
export function demoShop(now: string): DemoShop {
  const dice = new Dice(20_260_101);
  const products = Object.entries(CATALOG).flatMap(([category, items], shelf) =>
    items.map(([name, price], place) => ({
      sku: `DEMO-${shelf + 1}${String(place + 1).padStart(2, '0')}`,
      name,
      category,
      price,
      stock: dice.between(40, 400),
    })),
  );
  const history = Array.from({ length: HISTORY_ORDERS }, (_, index) => pastOrder(dice, products, index, now));
  const customers = Array.from({ length: CUSTOMERS }, (_, index) => ({
    email: `customer-${index + 1}@demo.example`,
    name: `Demo customer ${index + 1}`,
  }));
  const purchases = Array.from({ length: PURCHASES }, (_, index) => purchase(dice, products, index));
  return { products, history: history.sort((a, b) => a.placedAt.localeCompare(b.placedAt)), customers, purchases };
}

function pastOrder(dice: Dice, products: readonly DemoProduct[], index: number, now: string): DemoOrder {
  // Trade grows over the two months and sleeps at night.
  const daysAgo = Math.floor(HISTORY_DAYS * (1 - Math.sqrt(dice.next())));
  const midnight = Math.floor(Date.parse(now) / DAY_MS) * DAY_MS - (daysAgo + 1) * DAY_MS;
  const placedAt = midnight + dice.between(8 * 60, 21 * 60) * 60_000 + dice.between(0, 59_999);
  const lines = basket(dice, products).map(({ sku, name, category, price, quantity }) => ({ sku, name, category, quantity, unitPrice: price }));
  const returned = dice.next() < 0.06 ? { returned: { at: sendBack(dice, placedAt, now), lines: [{ ...lines[0]!, quantity: 1 }] } } : {};
  return {
    invoiceNo: `DEMO-${String(index + 1).padStart(4, '0')}`,
    placedAt: new Date(placedAt).toISOString(),
    customerId: pseudonym(dice),
    country: dice.weighted(COUNTRIES),
    lines,
    ...returned,
  };
}

const pseudonym = (dice: Dice): string => `demo-${String(dice.between(1, 45)).padStart(2, '0')}`;

/** Some days after the order, but not in the future. */
const sendBack = (dice: Dice, placedAt: number, now: string): string =>
  new Date(Math.min(placedAt + dice.between(2, 9) * DAY_MS, Date.parse(now))).toISOString();

function purchase(dice: Dice, products: readonly DemoProduct[], index: number): DemoPurchase {
  return {
    key: `purchase-${index + 1}`,
    customer: dice.between(0, CUSTOMERS - 1),
    country: dice.weighted(COUNTRIES),
    lines: basket(dice, products).map(({ sku, quantity }) => ({ sku, quantity })),
    ending: dice.weighted(ENDINGS),
  };
}

/** One to five different products; the first of each shelf sell best. */
function basket(dice: Dice, products: readonly DemoProduct[]): (DemoProduct & { readonly quantity: number })[] {
  const chosen = new Map<string, DemoProduct & { readonly quantity: number }>();
  for (let lines = dice.between(1, 5); lines > 0; lines--) {
    const product = products[Math.floor(products.length * dice.next() ** 1.6)]!;
    chosen.set(product.sku, { ...product, quantity: dice.between(1, 4) });
  }
  return [...chosen.values()];
}

/** What the demo's history adds up to, exactly: gross in the shop's currency and units. */
export function historyTotals({ history }: DemoShop): { readonly orders: number; readonly units: number; readonly lineTotals: string[] } {
  const lines = history.flatMap((order) => order.lines);
  return {
    orders: history.length,
    units: lines.reduce((units, line) => units + line.quantity, 0),
    lineTotals: lines.map((line) => times(line.unitPrice, line.quantity)),
  };
}
