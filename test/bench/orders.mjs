import { randomUUID } from 'node:crypto';
import { built } from './engines.mjs';

const COUNTRIES = ['United Kingdom', 'France', 'Germany', 'Ireland', 'Spain', 'Netherlands'];
const CATEGORIES = ['Kitchen', 'Garden', 'Stationery', 'Toys', 'Candles and lights'];
const DAY_MS = 86_400_000;
const FIRST_DAY = Date.parse('2025-01-01T00:00:00Z');
/** Orders in one transaction of a seeding. */
const BATCH = 250;

/** Numbers that look drawn and are the same in every run: `draw(n)` gives 0 to n - 1. */
export function numbers(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** What an order holds: so many lines over 3,000 products, at some time of one year. */
export function orderData(draw, lines) {
  const items = Array.from({ length: lines }, () => {
    const product = draw(3_000);
    return {
      kind: 'goods',
      sku: `SKU-${product}`,
      name: `Product number ${product} of the shop`,
      category: CATEGORIES[product % CATEGORIES.length],
      quantity: 1 + draw(12),
      unitPrice: `${1 + (product % 20)}.${10 + (product % 90)}`,
    };
  });
  return {
    orderId: randomUUID(),
    customerId: `customer-${draw(3_000)}`,
    country: COUNTRIES[draw(COUNTRIES.length)],
    currency: 'GBP',
    placedAt: new Date(FIRST_DAY + draw(365) * DAY_MS + draw(DAY_MS)).toISOString(),
    lines: items,
  };
}

/** Appends orders as an import does, each placed, confirmed and delivered; the events written. */
export async function seedOrders({ aggregates, stores }, events, seed) {
  const { Orders } = await built('libs/contexts/ordering/src/orders.js');
  const { repository } = new Orders(aggregates);
  const store = stores.store('ordering');
  const draw = numbers(seed);
  const nothing = repository.fold([]);
  let written = 0;
  while (written < events) {
    const streams = Array.from({ length: Math.min(BATCH, Math.ceil((events - written) / 3)) }, () => {
      const data = orderData(draw, 5);
      return repository.plan(data.orderId, { type: 'ImportOrder', data }, nothing).append;
    });
    await store.append({ streams });
    written += streams.length * 3;
  }
  return written;
}
