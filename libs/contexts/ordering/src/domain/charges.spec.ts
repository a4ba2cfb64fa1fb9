import { Refusal } from '@kernel/refusal.js';
import { chargesOf, type Terms } from './charges.js';
import { withTotals } from './lines.js';

const goods = (unitPrice: string, quantity = 1) => withTotals([{ kind: 'goods', sku: 'A', name: 'Lamp', category: 'Lighting', quantity, unitPrice }]);
const none: Terms = { currency: 'GBP', shipping: null, taxRates: {} };
const shipping = { cost: '4.95', freeFrom: '50' };
const taxRates = { GB: '20', DE: '19.50', 'channel islands': '0', '*': '5' };
const charges = (terms: Terms, price: string, country = 'United Kingdom', currency = 'GBP') =>
  chargesOf(goods(price), currency, country, terms).map(({ kind, name, quantity, unitPrice }) => [kind, name, quantity, unitPrice]);

describe('what an order costs beside its goods', () => {
  it('is nothing where the shop asks for nothing', () => expect(charges(none, '12.34')).toEqual([]));

  it('is shipping below the worth from which it is free', () => {
    const terms = { ...none, shipping };
    expect(charges(terms, '49.99')).toEqual([['shipping', 'Shipping', 1, '4.95']]);
    expect(charges(terms, '50.00')).toEqual([]);
    expect(charges({ ...none, shipping: { cost: '4.95', freeFrom: null } }, '5000')).toHaveLength(1);
    expect(charges({ ...none, shipping: { cost: '0', freeFrom: null } }, '5000')).toEqual([]);
  });

  it('is tax of goods and shipping together, by the country, rounded half up once', () => {
    const terms = { ...none, shipping, taxRates };
    expect(charges(terms, '10.00')).toEqual([
      ['shipping', 'Shipping', 1, '4.95'],
      ['tax', 'Tax 20%', 1, '2.99'],
    ]);
    expect(charges({ ...none, taxRates }, '10.00', ' GERMANY ')).toEqual([['tax', 'Tax 19.5%', 1, '1.95']]);
    // Full width, and two blanks.
    expect(charges({ ...none, taxRates }, '10.00', '\uff35nited  Kingdom')).toEqual([['tax', 'Tax 20%', 1, '2.00']]);
    expect(charges({ ...none, taxRates }, '0.10', 'France')).toEqual([['tax', 'Tax 5%', 1, '0.01']]);
    expect(charges({ ...none, taxRates }, '0.09', 'France')).toEqual([]);
  });

  it.each([
    ['UK', 'Tax 20%'],
    ['GB', 'Tax 20%'],
    ['Great Britain', 'Tax 20%'],
    ['Deutschland', 'Tax 19.5%'],
    ['EIRE', 'Tax 5%'],
  ])('is taxed as its country, which is called %s', (country, name) =>
    expect(charges({ ...none, taxRates }, '10', country)).toEqual([['tax', name, 1, expect.any(String)]]),
  );

  it('knows a place that is no country by its name', () => expect(charges({ ...none, taxRates }, '10', 'Channel Islands')).toEqual([]));

  it('taxes no country that it has no rate for', () => expect(charges({ ...none, taxRates: { DE: '19' } }, '10', 'France')).toEqual([]));

  it('takes a country for no more than its name', () =>
    expect(charges({ ...none, taxRates }, '10', 'constructor')).toEqual([['tax', 'Tax 5%', 1, '0.50']]));

  it('has no price for shipping in another currency than the shop’s', () => {
    expect(() => charges({ ...none, shipping }, '10', 'Germany', 'EUR')).toThrow(
      expect.objectContaining({ code: 'ordering.shipping-unpriced' } satisfies Partial<Refusal>),
    );
    expect(charges({ ...none, taxRates }, '10', 'Germany', 'EUR')).toEqual([['tax', 'Tax 19.5%', 1, '1.95']]);
  });
});
