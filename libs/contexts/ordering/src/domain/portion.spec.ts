import { fromUnits, toUnits } from '@kernel/money.js';
import fc from 'fast-check';
import { portion } from './portion.js';

it('rounds half up to hundredths, once', () => {
  expect(portion('10.00', 1n, 3n)).toBe('3.33');
  expect(portion('0.01', 1n, 2n)).toBe('0.01');
  expect(portion('0.0149', 1n, 3n)).toBe('0.00');
  expect(portion('2.555', 1n, 1n)).toBe('2.56');
});

it('is at most half a hundredth away from the exact part', () =>
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 12n), fc.bigInt(0n, 10n ** 9n), fc.bigInt(1n, 10n ** 9n), (amount, part, whole) => {
      const told = toUnits(portion(fromUnits(amount), part, whole));
      const off = told * whole - amount * part;
      expect(told % 100n).toBe(0n);
      expect((off < 0n ? -off : off) <= 50n * whole).toBe(true);
    }),
  ));

it('does not divide by nothing', () => {
  expect(() => portion('1.00', 1n, 0n)).toThrow(RangeError);
  expect(() => portion('-1.00', 1n, 1n)).toThrow(RangeError);
});
