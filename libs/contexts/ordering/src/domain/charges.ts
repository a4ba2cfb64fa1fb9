import { canonicalCountry } from '@kernel/country.js';
import { fromUnits, sum, toUnits } from '@kernel/money.js';
import { ensureValid } from '@kernel/refusal.js';
import type { OrderLine } from '../contract/events.js';
import { amountOf, type PricedLine } from './lines.js';
import { portion } from './portion.js';

/** What the shop asks beside the price of goods. */
export interface Terms {
  /** ISO 4217; what the amounts below are in. */
  readonly currency: string;
  /** What sending an order costs, and from which worth of goods on nothing; null where sending costs nothing. */
  readonly shipping: { readonly cost: string; readonly freeFrom: string | null } | null;
  /** Percent by canonical country (`canonicalCountry`); `*` stands for every country that is not named. */
  readonly taxRates: Readonly<Record<string, string>>;
}

const charge = (kind: 'shipping' | 'tax', sku: string, name: string, amount: string): PricedLine => ({
  kind,
  sku,
  name,
  category: 'Charges',
  quantity: 1,
  unitPrice: amount,
});

/**
 * The lines that an order has beside its goods, as far as they cost anything. Tax is of goods and shipping together, rounded half up to two places once
 * an order.
 * @throws Refusal `ordering.shipping-unpriced` for an order in a currency that shipping has no price in
 */
export function chargesOf(goods: readonly OrderLine[], currency: string, country: string, terms: Terms): PricedLine[] {
  const worth = amountOf(goods);
  const shipping = shippingOf(worth, currency, terms);
  const taxable = sum([worth, shipping]);
  const rate = rateOf(country, terms);
  const tax = portion(taxable, toUnits(rate), toUnits('100'));
  return [charge('shipping', 'SHIPPING', 'Shipping', shipping), charge('tax', 'TAX', `Tax ${percent(rate)}`, tax)].filter(
    ({ unitPrice }) => toUnits(unitPrice) > 0n,
  );
}

/** By the country that is meant, however the customer spells it; it can be called anything, `constructor` as well. */
function rateOf(country: string, { taxRates }: Terms): string {
  const key = canonicalCountry(country);
  return (Object.hasOwn(taxRates, key) ? taxRates[key] : taxRates['*']) ?? '0';
}

function shippingOf(worth: string, currency: string, { shipping, currency: shopCurrency }: Terms): string {
  if (!shipping || toUnits(shipping.cost) === 0n) return fromUnits(0n);
  ensureValid(currency === shopCurrency, 'ordering.shipping-unpriced', `Shipping is priced in ${shopCurrency}, these products in ${currency}`, {
    currency,
  });
  const isFree = shipping.freeFrom !== null && toUnits(worth) >= toUnits(shipping.freeFrom);
  return isFree ? fromUnits(0n) : shipping.cost;
}

/** `20.00` as `20%`, `5.50` as `5.5%`. */
const percent = (rate: string): string => `${rate.includes('.') ? rate.replace(/\.?0+$/, '') : rate}%`;
