import { fromUnits, toUnits } from '@kernel/money.js';

/** Ten-thousandths in a hundredth: what is worked out, and not told, is a whole number of hundredths. */
const HUNDREDTH = 100n;

/** `amount * part / whole`, rounded half up to two places. @throws RangeError for a negative amount or part, or nothing to divide by */
export function portion(amount: string, part: bigint, whole: bigint): string {
  const product = toUnits(amount) * part;
  if (product < 0n || whole <= 0n) throw new RangeError(`no portion: ${amount} * ${part} / ${whole}`);
  const divisor = whole * HUNDREDTH;
  return fromUnits(((2n * product + divisor) / (2n * divisor)) * HUNDREDTH);
}
