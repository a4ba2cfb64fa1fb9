import type { Dice } from '@demo/dice.js';

export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly category: string;
  /** Decimal string in the shop's currency. */
  readonly price: string;
  /** Fewer come in than are wanted. */
  readonly scarce: boolean;
}

const SHELVES: Readonly<Record<string, readonly string[]>> = {
  Kitchen: ['Cast iron skillet', 'Stoneware mug', 'Pepper mill', 'Linen tea towel', 'Oak chopping board', 'Milk jug', 'Bread tin', 'Egg timer'],
  Lighting: ['Paper lantern', 'Brass desk lamp', 'Tealight holder', 'String lights', 'Beeswax candle', 'Night light', 'Lampshade', 'Torch'],
  Garden: ['Terracotta pot', 'Hand trowel', 'Bird feeder', 'Watering can', 'Seed box', 'Garden twine', 'Kneeling mat', 'Rain gauge'],
  Stationery: ['Dotted notebook', 'Fountain pen', 'Wrapping paper', 'Birthday card', 'Desk calendar', 'Pencil case', 'Ink bottle', 'Ruler'],
  Toys: ['Wooden train', 'Puzzle', 'Spinning top', 'Felt animals', 'Kite', 'Marbles', 'Yo-yo', 'Building blocks'],
};

/** One in so many products is scarce. */
const SCARCE_EVERY = 10;

/** What the shop sells that day. Every day has SKUs of its own, so that its books can be balanced whatever else the shop sells. */
export function assortment(seed: number, dice: Dice): Product[] {
  const names = Object.entries(SHELVES).flatMap(([category, shelf]) => shelf.map((name) => ({ category, name })));
  return names.map(({ category, name }, index) => ({
    sku: `DAY-${seed}-${String(index + 1).padStart(2, '0')}`,
    name,
    category,
    price: `${dice.between(2, 60)}.${String(dice.between(0, 99)).padStart(2, '0')}`,
    scarce: index % SCARCE_EVERY === SCARCE_EVERY - 1,
  }));
}
