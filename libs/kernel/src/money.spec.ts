import fc from 'fast-check';
import { MONEY_SCALE, canonical, fromUnits, isDecimal, isTotal, moneySchema, ratio, sum, times, toUnits } from './money.js';

const MOST = 10n ** 18n - 1n;
const units = fc.bigInt({ min: -MOST, max: MOST });
const small = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n });

/** Decimal text written by hand from its parts, independent of the code under test. */
const written = fc
  .record({
    negative: fc.boolean(),
    whole: fc.bigInt({ min: 0n, max: 10n ** 14n - 1n }),
    places: fc.integer({ min: 0, max: MONEY_SCALE }),
    digits: fc.integer({ min: 0, max: 9999 }),
  })
  .map(({ negative, whole, places, digits }) => {
    const fraction = digits.toString().padStart(MONEY_SCALE, '0').slice(0, places);
    const magnitude = whole * 10_000n + BigInt(fraction.padEnd(MONEY_SCALE, '0'));
    return { text: `${negative ? '-' : ''}${whole}${places ? `.${fraction}` : ''}`, units: negative ? -magnitude : magnitude };
  });

describe('money', () => {
  it('reads every decimal that it accepts as ten-thousandths', () => {
    fc.assert(fc.property(written, ({ text, units: expected }) => isDecimal(text) && toUnits(text) === expected));
  });

  it('writes an amount that reads back as itself', () => {
    fc.assert(fc.property(units, (amount) => toUnits(fromUnits(amount)) === amount));
  });

  it('writes at least two places, at most four, and no further trailing zero', () => {
    fc.assert(fc.property(units, (amount) => /^-?\d+\.\d\d(\d?[1-9])?$/.test(fromUnits(amount))));
  });

  it('has one canonical text for each amount', () => {
    fc.assert(
      fc.property(written, ({ text, units: amount }) => canonical(text) === fromUnits(amount) && canonical(canonical(text)) === canonical(text)),
    );
  });

  it('adds as BigInt does, in any order', () => {
    fc.assert(
      fc.property(fc.array(small), (amounts) => {
        const expected = fromUnits(amounts.reduce((total, amount) => total + amount, 0n));
        const texts = amounts.map(fromUnits);
        return sum(texts) === expected && sum(texts.toReversed()) === expected;
      }),
    );
  });

  it('multiplies by a quantity as adding it that often does', () => {
    fc.assert(
      fc.property(small, fc.integer({ min: 0, max: 50 }), (amount, quantity) => {
        const price = fromUnits(amount);
        return times(price, quantity) === sum(Array.from({ length: quantity }, () => price));
      }),
    );
  });

  it('multiplies by a negative quantity into the negative amount', () => {
    fc.assert(
      fc.property(
        small,
        fc.integer({ min: -1_000_000, max: 1_000_000 }),
        (amount, quantity) => toUnits(times(fromUnits(amount), quantity)) === amount * BigInt(quantity),
      ),
    );
  });

  it('divides to the nearest ten-thousandth, halves away from zero', () => {
    fc.assert(
      fc.property(small, fc.integer({ min: 1, max: 1_000_000 }), (amount, count) => {
        const quotient = toUnits(ratio(fromUnits(amount), count));
        const twiceRest = (amount - quotient * BigInt(count)) * 2n;
        const rest = twiceRest < 0n ? -twiceRest : twiceRest;
        const awayFromZero = rest !== BigInt(count) || (quotient < 0n ? -quotient : quotient) * BigInt(count) > (amount < 0n ? -amount : amount);
        return rest <= BigInt(count) && awayFromZero;
      }),
    );
  });

  it.each([
    ['2.5', '2.50'],
    ['2.555', '2.555'],
    ['0', '0.00'],
    ['-0', '0.00'],
    ['-0.0001', '-0.0001'],
    ['007', '7.00'],
    ['1.2300', '1.23'],
    ['99999999999999.9999', '99999999999999.9999'],
  ])('writes %s as %s', (text, expected) => {
    expect(canonical(text)).toBe(expected);
  });

  it.each(['', '.5', '5.', '1e3', '1,000', '0.00001', '+1', ' 1', '1 ', '١', 'NaN', '--1', '1\n'])('does not take %j for an amount', (text) => {
    expect(isDecimal(text)).toBe(false);
    expect(() => toUnits(text)).toThrow(RangeError);
  });

  it('takes more for a total of amounts than for one amount', () => {
    const most = '99999999999999.50';
    const total = sum([most, most, most]);
    expect(total).toBe('299999999999998.50');
    expect([isDecimal(total), isTotal(total), isTotal(`1${'0'.repeat(34)}`)]).toEqual([false, true, false]);
    expect(canonical('299999999999998.5')).toBe(total);
    expect(ratio(total, 3)).toBe(most);
    expect(() => toUnits(`1${'0'.repeat(34)}`)).toThrow(RangeError);
  });

  it('has an average of nothing that is zero', () => {
    expect(ratio('12.50', 0)).toBe('0.00');
  });

  it('does not multiply by a part of a thing', () => {
    expect(() => times('1.00', 0.5)).toThrow(RangeError);
  });

  it('keeps what a float loses', () => {
    expect(sum(['0.1', '0.2'])).toBe('0.30');
    expect(sum(['4826466.491', '-428515.73'])).toBe('4397950.761');
  });

  it('accepts an amount with its currency and nothing less', () => {
    expect(moneySchema.safeParse({ amount: '2.50', currency: 'GBP' }).success).toBe(true);
    expect(moneySchema.safeParse({ amount: 2.5, currency: 'GBP' }).success).toBe(false);
    expect(moneySchema.safeParse({ amount: '2.50', currency: 'gbp' }).success).toBe(false);
    expect(moneySchema.safeParse({ amount: '2.50' }).success).toBe(false);
  });
});
