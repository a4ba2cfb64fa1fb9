import { fromUnits, sum, times, toUnits } from '@kernel/money.js';
import fc from 'fast-check';
import type { OrderLine } from '../contract/events.js';
import { chargesOf } from './charges.js';
import { goodsOf, takeBack } from './goods.js';
import { amountOf, isGoods, withTotals } from './lines.js';
import { goodsTaxOf, taxOf, worthOf, type Taxed } from './worth.js';

const goods = (sku: string, unitPrice: string, quantity = 1) => ({ kind: 'goods' as const, sku, name: sku, category: 'Things', quantity, unitPrice });
const charge = (kind: 'shipping' | 'tax', unitPrice: string) => ({ ...goods(kind.toUpperCase(), unitPrice), kind });
/** An order that has shipped whole, and of which nothing has come back. */
const sold = (...lines: Parameters<typeof withTotals>[0]): Taxed => {
  const all = withTotals(lines);
  return { lines: all, goods: goodsOf(all).map((each) => ({ ...each, shipped: each.line.quantity })), taxBack: '0.00' };
};
const all = ({ lines }: Taxed): OrderLine[] => lines.filter(isGoods);

describe('what goods are worth when they come back', () => {
  it('is their price and their tax: that of shipping stays paid, as shipping does', () => {
    const order = sold(goods('A', '10.00', 3), goods('B', '5.00'), charge('shipping', '4.95'), charge('tax', '7.99'));
    expect(goodsTaxOf(order.lines)).toBe('7.00');
    expect(amountOf(worthOf(order, all(order)))).toBe('42.00');
    expect(amountOf(worthOf(order, withTotals([goods('A', '10.00')])))).toBe('12.00');
  });

  it('is all of the tax where sending cost nothing, and none where the goods did', () => {
    const gift = sold(goods('A', '0.00', 2), charge('shipping', '4.95'), charge('tax', '0.99'));
    expect(worthOf(gift, all(gift))).toEqual(all(gift));
    expect(goodsTaxOf(sold(goods('A', '0.00'), charge('tax', '0.99')).lines)).toBe('0.00');
    expect(goodsTaxOf(sold(goods('A', '9.99'), charge('tax', '2.00')).lines)).toBe('2.00');
    expect(goodsTaxOf(sold(goods('A', '9.99')).lines)).toBe('0.00');
  });

  it('gives back no more where a return of an earlier release gave back tax of shipping', () => {
    const order = sold(goods('A', '10.00', 3), charge('shipping', '30.00'), charge('tax', '12.00'));
    const [two, third] = [withTotals([goods('A', '10.00', 2)]), withTotals([goods('A', '10.00')])];
    expect(amountOf(worthOf({ ...order, goods: takeBack(order.goods, two), taxBack: '8.00' }, third))).toBe('10.00');
  });

  it('is all of a tax that is no whole number of hundredths, too', () => {
    const order = sold(goods('A', '9.99'), charge('tax', '2.0049'));
    expect(amountOf(worthOf(order, all(order)))).toBe('11.9949');
  });
});

describe('whatever an order is of, and in whatever parts it comes back', () => {
  const cents = (most: bigint) => fc.bigInt(0n, most).map((each) => fromUnits(each * 100n));
  const line = fc.record({ price: fc.bigInt(0n, 99_999_999n).map(fromUnits), quantity: fc.integer({ min: 1, max: 9 }) });
  const asked = fc.record({
    lines: fc.array(line, { minLength: 1, maxLength: 4 }),
    shipping: cents(9_999n),
    rate: fc.bigInt(0n, 1_000_000n).map(fromUnits),
  });
  const part = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 9 }));

  const ordered = ({ lines, shipping, rate }: { lines: { price: string; quantity: number }[]; shipping: string; rate: string }): Taxed => {
    const some = lines.map(({ price, quantity }, index) => goods(`S${index}`, price, quantity));
    const terms = { currency: 'GBP', shipping: { cost: shipping, freeFrom: null }, taxRates: { '*': rate } };
    return sold(...some, ...chargesOf(withTotals(some), 'GBP', 'France', terms));
  };
  /** Returns one after the other: so many units of a line each, as far as there are, and then all that is left. */
  function returns(order: Taxed, parts: readonly (readonly [number, number])[]): OrderLine[][] {
    const given: OrderLine[][] = [];
    let state = order;
    const bring = (coming: OrderLine[]) => {
      const worth = worthOf(state, coming);
      given.push(worth);
      state = { ...state, goods: takeBack(state.goods, coming), taxBack: sum([state.taxBack, taxOf(worth)]) };
    };
    for (const [index, wanted] of parts) {
      const { line: some, shipped, back } = state.goods[index % state.goods.length]!;
      const quantity = Math.min(wanted, shipped - back);
      if (quantity > 0) bring([{ ...some, quantity, lineTotal: times(some.unitPrice, quantity) }]);
    }
    const left = state.goods.map(({ line: some, shipped, back }) => ({ ...some, quantity: shipped - back }));
    bring(withTotals(left.filter(({ quantity }) => quantity > 0)));
    return given;
  }

  it('gives back the goods and their tax exactly, and of what was paid all but shipping and its tax', () =>
    fc.assert(
      fc.property(asked, fc.array(part, { maxLength: 8 }), (what, parts) => {
        const order = ordered(what);
        const given = returns(order, parts).flat();
        const [price, tax, shipping] = [amountOf(all(order)), taxOf(order.lines), amountOf(order.lines.filter(({ kind }) => kind === 'shipping'))];
        expect(given.every(({ lineTotal }) => toUnits(lineTotal) >= 0n)).toBe(true);
        expect(given.some(({ kind }) => kind === 'shipping')).toBe(false);
        expect(amountOf(given)).toBe(sum([price, goodsTaxOf(order.lines)]));
        const kept = toUnits(amountOf(order.lines)) - toUnits(amountOf(given));
        expect(kept >= toUnits(shipping) && kept <= toUnits(shipping) + toUnits(tax)).toBe(true);
      }),
    ));

  it('takes the tax of shipping for what its rate says, to a hundredth', () =>
    fc.assert(
      fc.property(asked, (what) => {
        const order = ordered(what);
        const stays = toUnits(taxOf(order.lines)) - toUnits(goodsTaxOf(order.lines));
        const exact = toUnits(what.shipping) * toUnits(what.rate);
        const off = stays * toUnits('100') - exact;
        expect((off < 0n ? -off : off) <= 100n * toUnits('100')).toBe(true);
      }),
    ));
});
