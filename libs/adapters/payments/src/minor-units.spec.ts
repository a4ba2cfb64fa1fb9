import fc from 'fast-check';
import { Refusal } from '@kernel/refusal.js';
import { fromMinor, toMinor } from './minor-units.js';

const refusalOf = (amount: string, currency: string): unknown => {
  try {
    return toMinor({ amount, currency });
  } catch (error) {
    return error instanceof Refusal ? [error.code, error.kind] : error;
  }
};

describe('amounts in minor units', () => {
  it.each([
    ['12.34', 'GBP', 1234],
    ['12.3400', 'GBP', 1234],
    ['0.01', 'EUR', 1],
    ['500', 'JPY', 500],
    ['500.00', 'KRW', 500],
    ['5', 'ISK', 500],
    ['5', 'UGX', 500],
    ['5.12', 'KWD', 5120],
    ['90071992547409.91', 'USD', Number.MAX_SAFE_INTEGER],
  ])('%s %s is %d', (amount, currency, minor) => {
    expect(toMinor({ amount, currency })).toBe(minor);
    expect(toMinor(fromMinor(minor, currency))).toBe(minor);
  });

  it.each([
    ['10.005', 'GBP'],
    ['0.0001', 'USD'],
    ['10.50', 'JPY'],
    ['5.50', 'ISK'],
    ['5.124', 'KWD'],
    ['0', 'GBP'],
    ['-1.00', 'GBP'],
    ['90071992547409.92', 'USD'],
  ])('%s %s is refused', (amount, currency) => {
    expect(refusalOf(amount, currency)).toEqual(['payment.amount-not-representable', 'invalid']);
  });

  it('are read back as they were written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000_000 }), fc.constantFrom('GBP', 'JPY'), (minor, currency) => {
        expect(toMinor(fromMinor(minor, currency))).toBe(minor);
      }),
    );
  });
});
