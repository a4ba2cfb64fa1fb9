import { toUnits } from '@kernel/money.js';
import type { LedgerRow, Sums } from './ledger-store.js';

interface Amounts {
  readonly orderId?: string;
  readonly sku?: string;
  readonly quantity?: number;
  readonly total?: string;
  readonly amount?: string;
}

/** What of an event's data a type of event adds to which sum of its order. */
const MONEY: Readonly<Record<string, readonly [of: string, amount: (data: Amounts) => string]>> = {
  'ordering.OrderPlaced': ['placed', ({ total }) => total!],
  'ordering.CreditNoteRecorded': ['credited', ({ total }) => total!],
  'ordering.PaymentCaptured': ['captured', ({ amount }) => amount!],
  'ordering.PaymentRefunded': ['refunded', ({ amount }) => amount!],
  // Told before the refund itself, it stands alone: attempts are counted, not what is left of them.
  'ordering.PaymentRefundFailed': ['failed', ({ amount }) => amount!],
};

/** The simulation's read model: what is counted of every event, and the money of every order in hundredths of a cent. */
export function* figures({ context, type, position, data: json }: LedgerRow): Generator<readonly [string, bigint]> {
  yield [`events of ${context}`, 1n];
  yield [`positions of ${context}`, BigInt(position)];
  yield [type, 1n];
  const money = MONEY[type];
  if (!money) return;
  const [of, amount] = money;
  const data = JSON.parse(json) as Amounts;
  yield [`${of} ${data.orderId}`, toUnits(amount(data))];
}

/** In what the sums of one differ from those of the other; null where in nothing. */
export function difference(found: Sums, expected: Sums): string | null {
  for (const of of new Set([...found.keys(), ...expected.keys()])) {
    const [one, other] = [found.get(of) ?? 0n, expected.get(of) ?? 0n];
    if (one !== other) return `${of}: ${one} instead of ${other}`;
  }
  return null;
}
