import { fromUnits, MONEY_SCALE, toUnits, type Money } from '@kernel/money.js';
import { notRepresentable } from './refusals.js';

/** How a currency's amounts are written as whole numbers: decimal places, and what the number must be a multiple of. */
interface Writing {
  readonly places: number;
  readonly step: number;
}

const each = (codes: string, writing: Writing): [string, Writing][] => codes.split(' ').map((code) => [code, writing]);

/** As Stripe counts them (docs.stripe.com/currencies): not always as ISO 4217 does. */
const EXCEPTIONS: ReadonlyMap<string, Writing> = new Map([
  ...each('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF', { places: 0, step: 1 }),
  // Whole for the card networks, yet still written with two places.
  ...each('ISK UGX', { places: 2, step: 100 }),
  // The networks take two of the three places.
  ...each('BHD JOD KWD OMR TND', { places: 3, step: 10 }),
]);
const USUAL: Writing = { places: 2, step: 1 };

const writingOf = (currency: string): Writing => EXCEPTIONS.get(currency) ?? USUAL;
const unitsOf = ({ places }: Writing): bigint => 10n ** BigInt(MONEY_SCALE - places);

/**
 * The amount as the whole number that a payment service is given: `12.34 GBP` is 1234, `500 JPY` is 500.
 * @throws Refusal `payment.amount-not-representable` where no whole number is exactly this amount, or the amount is not positive
 */
export function toMinor({ amount, currency }: Money): number {
  const writing = writingOf(currency);
  const [units, unit] = [toUnits(amount), unitsOf(writing)];
  const minor = units / unit;
  if (units > 0n && units % unit === 0n && minor % BigInt(writing.step) === 0n && minor <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(minor);
  throw notRepresentable({ amount, currency });
}

/** The amount that a whole number of a payment service stands for. */
export const fromMinor = (minor: number, currency: string): Money => ({
  amount: fromUnits(BigInt(minor) * unitsOf(writingOf(currency))),
  currency,
});
