import { sum } from '@kernel/money.js';
import { demoShop, historyTotals } from './demo-shop.js';

const NOW = '2026-11-21T12:00:00.000Z';

describe('demo shop', () => {
  const shop = demoShop(NOW);

  it('is the same for the same instant, so that an interrupted demo goes on', () => {
    expect(demoShop(NOW)).toEqual(shop);
    expect(historyTotals(shop)).toEqual(historyTotals(demoShop(NOW)));
  });

  it('sells some thirty products, each SKU once', () => {
    expect(new Set(shop.products.map(({ sku }) => sku)).size).toBe(30);
    expect(shop.products).toHaveLength(30);
  });

  it('has 180 orders of the 60 days before, oldest first, none in the future', () => {
    const times = shop.history.map(({ placedAt }) => placedAt);
    expect(times).toEqual([...times].sort());
    expect(times).toHaveLength(180);
    expect(times[0]! > '2026-09-20').toBe(true);
    expect(times.at(-1)! < NOW).toBe(true);
    expect(new Set(shop.history.map(({ invoiceNo }) => invoiceNo)).size).toBe(180);
  });

  it('shows something of everything: countries, returns, and every end that an order can have', () => {
    expect(new Set(shop.history.map(({ country }) => country)).size).toBeGreaterThan(4);
    expect(shop.history.filter(({ returned }) => returned).length).toBeGreaterThan(3);
    expect(new Set(shop.purchases.map(({ ending }) => ending))).toEqual(new Set(['confirmed', 'shipped', 'delivered', 'cancelled', 'declined']));
  });

  it('returns nothing before it was bought, and nothing that was not', () => {
    for (const { placedAt, returned, lines } of shop.history) {
      if (!returned) continue;
      expect(returned.at >= placedAt && returned.at <= NOW).toBe(true);
      for (const line of returned.lines) expect(lines.find(({ sku }) => sku === line.sku)!.quantity).toBeGreaterThanOrEqual(line.quantity);
    }
  });

  it('sells to a dozen customers of its own', () => {
    expect(new Set(shop.customers.map(({ email }) => email)).size).toBe(12);
    for (const { customer } of shop.purchases) expect(shop.customers[customer]).toBeDefined();
  });

  it('adds up exactly', () => {
    expect(sum(historyTotals(shop).lineTotals)).toMatch(/^\d+\.\d\d$/);
  });
});
