import { DAY_MS, dayOf } from './script.js';

const day = dayOf({ seed: 7, orders: 2_000 });
const steps = day.purchases.flatMap((purchase) => purchase.steps.map((step) => ({ ...step, purchase })));
const of = (kind: string) => steps.filter((step) => step.kind === kind);
const wanted = (sku: string) => day.purchases.flatMap(({ lines }) => lines).reduce((sum, line) => sum + (line.sku === sku ? line.quantity : 0), 0);

describe("a shop's day", () => {
  it('is the same for the same seed, and another for another', () => {
    expect(dayOf({ seed: 7, orders: 2_000 })).toEqual(day);
    expect(dayOf({ seed: 8, orders: 2_000 }).purchases[0]).not.toEqual(day.purchases[0]);
  });

  it('has so many orders, each with a key of its own, in order of time', () => {
    expect(new Set(day.purchases.map(({ key }) => key)).size).toBe(2_000);
    const times = day.purchases.map(({ steps: [placed] }) => placed!.at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('sleeps at night and is busiest in the evening', () => {
    const between = (from: number, to: number) => of('place').filter(({ at }) => at >= from * 3_600_000 && at < to * 3_600_000).length;
    expect(between(19, 21)).toBeGreaterThan(10 * between(1, 3));
    expect(between(0, 24)).toBe(2_000);
  });

  it('does everything about an order after it was placed, one after the other, and nothing after midnight', () => {
    for (const { steps: fate } of day.purchases) {
      expect(fate[0]!.kind).toBe('place');
      for (const [index, { at }] of fate.entries()) {
        expect(at).toBeLessThan(DAY_MS);
        if (index > 0) expect(at).toBeGreaterThan(fate[index - 1]!.at);
      }
    }
  });

  it('knows every means of payment, cancellations, parcels and returns, whole and in part', () => {
    const tokens = ['tok_approve', 'tok_decline', 'tok_duplicate_callback', 'tok_late', 'tok_out_of_order', 'tok_timeout_then_capture'];
    expect([...new Set(day.purchases.map(({ token }) => token))].sort()).toEqual(tokens);
    expect(day.purchases.filter(({ token }) => token === 'tok_approve').length).toBeGreaterThan(1_600);
    expect(of('cancel').length).toBeGreaterThan(40);
    expect(of('ship').filter((step) => step.kind === 'ship' && step.lines !== null).length).toBeGreaterThan(100);
    const returns = of('return').flatMap((step) => (step.kind === 'return' ? [step.lines === null] : []));
    expect(new Set(returns)).toEqual(new Set([true, false]));
    expect(of('receive').length).toBeLessThanOrEqual(returns.length);
  });

  it('never sends out or back what was not ordered', () => {
    for (const step of steps) {
      if (step.kind !== 'ship' && step.kind !== 'return') continue;
      for (const { sku, quantity } of step.lines ?? []) {
        expect(step.purchase.lines.find((line) => line.sku === sku)!.quantity).toBeGreaterThanOrEqual(quantity);
      }
    }
  });

  it('has enough of most products, and too little of the scarce ones', () => {
    const [scarce, ample] = [day.products.filter((product) => product.scarce), day.products.filter((product) => !product.scarce)];
    expect(scarce.length).toBeGreaterThan(2);
    for (const { sku, stock } of scarce) expect(stock).toBeLessThan(wanted(sku));
    for (const { sku, stock } of ample) expect(stock).toBeGreaterThan(wanted(sku));
  });

  it.each([1, 5])('can be as small as %i orders', (orders) => {
    const small = dayOf({ seed: 1, orders });
    expect([small.purchases.length, small.customers]).toEqual([orders, orders]);
    for (const { customer } of small.purchases) expect(customer).toBeLessThan(orders);
  });
});
