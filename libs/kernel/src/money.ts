import { z } from 'zod';

/** Decimal places that an amount can carry. Retail prices come with up to three; the fourth is head room. */
export const MONEY_SCALE = 4;
const UNIT = 10n ** BigInt(MONEY_SCALE);
const PATTERN = /^-?\d{1,14}(\.\d{1,4})?$/;
/** What many amounts come to has more digits than one amount: as many as the read models' sums hold. */
const TOTAL = /^-?\d{1,34}(\.\d{1,4})?$/;

/** An amount whose currency stands beside it. */
export const decimalSchema = z.string().regex(PATTERN, 'must be a decimal with at most four places').describe('A decimal with at most four places');
export const currencySchema = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .describe('ISO 4217 code');

/** An exact amount in one currency: `amount` is a decimal string, never a float. */
export const moneySchema = z.object({ amount: decimalSchema, currency: currencySchema });
export type Money = z.infer<typeof moneySchema>;

/** True for a decimal string that money can hold exactly (at most 14 digits before and 4 after the point). */
export const isDecimal = (text: string): boolean => PATTERN.test(text);

/** True for a decimal string that is an exact sum of amounts (at most 34 digits before and 4 after the point). */
export const isTotal = (text: string): boolean => TOTAL.test(text);

/** The amount, or a total of amounts, in ten-thousandths. @throws RangeError for text that is not an exact decimal. */
export function toUnits(amount: string): bigint {
  if (!TOTAL.test(amount)) throw new RangeError(`not a decimal with at most ${MONEY_SCALE} places: ${amount}`);
  const negative = amount.startsWith('-');
  const [whole = '0', fraction = ''] = (negative ? amount.slice(1) : amount).split('.');
  const units = BigInt(whole) * UNIT + BigInt(fraction.padEnd(MONEY_SCALE, '0'));
  return negative ? -units : units;
}

/** The canonical decimal string: at least two places, no further trailing zeros (`2.50`, `2.555`, `0.00`). */
export function fromUnits(units: bigint): string {
  const magnitude = units < 0n ? -units : units;
  const fraction = (magnitude % UNIT)
    .toString()
    .padStart(MONEY_SCALE, '0')
    .replace(/0{1,2}$/, '');
  return `${units < 0n ? '-' : ''}${magnitude / UNIT}.${fraction}`;
}

/** Rewrites any decimal string that money can hold into the canonical one. */
export const canonical = (amount: string): string => fromUnits(toUnits(amount));

/** Adds amounts exactly. */
export const sum = (amounts: Iterable<string>): string => {
  let total = 0n;
  for (const amount of amounts) total += toUnits(amount);
  return fromUnits(total);
};

/** Unit price times a whole quantity, exactly. */
export const times = (amount: string, quantity: number): string => fromUnits(toUnits(amount) * BigInt(quantity));

/** `amount / count` rounded half away from zero at four places; zero when there is nothing to divide by. */
export function ratio(amount: string, count: number): string {
  if (count === 0) return fromUnits(0n);
  const numerator = toUnits(amount) * 2n;
  const divisor = BigInt(count);
  const sign = numerator < 0n ? -1n : 1n;
  return fromUnits((numerator + sign * divisor) / (2n * divisor));
}
