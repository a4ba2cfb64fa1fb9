import { canonicalCountry, isCountry } from '@kernel/country.js';
import { isDecimal, toUnits } from '@kernel/money.js';
import type { z } from 'zod';

/** One entry of TAX_RATES: a country as it is spelled there, or `*`, and its percent. */
interface TaxRate {
  readonly country: string;
  readonly percent: string;
}

const EVERY_OTHER = '*';

const keyOf = (country: string): string => (country === EVERY_OTHER ? EVERY_OTHER : canonicalCountry(country));

/** `Germany=19,*=5` entry by entry; one that names nothing or has no rate from 0 to 100 makes all of it bad. */
export const taxRates = (text: string, context: z.RefinementCtx): TaxRate[] =>
  text.split(',').map((entry) => {
    const [country = '', percent = '', ...more] = entry.split('=').map((part) => part.trim());
    const isRate = isDecimal(percent) && toUnits(percent) >= 0n && toUnits(percent) <= toUnits('100');
    if (keyOf(country) === '' || !isRate || more.length > 0) context.addIssue({ code: 'custom', message: entry });
    return { country, percent };
  });

/**
 * Percent by canonical country. A country that there is not would never be charged, and of two spellings of one country nobody said which counts: both
 * are problems.
 */
export function ratesByCountry(rates: readonly TaxRate[], problems: string[]): Record<string, string> {
  const byCountry = new Map<string, TaxRate>();
  for (const rate of rates) {
    const key = keyOf(rate.country);
    const twin = byCountry.get(key);
    if (key !== EVERY_OTHER && !isCountry(rate.country))
      problems.push(`TAX_RATES must name countries, by English name or two-letter code: "${rate.country}" is none`);
    if (twin) problems.push(`TAX_RATES must name a country once, not as "${twin.country}" and "${rate.country}"`);
    byCountry.set(key, rate);
  }
  return Object.fromEntries([...byCountry].map(([key, { percent }]) => [key, percent]));
}
