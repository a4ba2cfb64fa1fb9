import { canonical, sum } from '@kernel/money.js';
import { BOOK, type Statements } from './statements.js';

/** A charge as the service has it; amounts are canonical decimals. */
export type BookedCharge = {
  readonly paymentId: string;
  readonly reference: string;
  readonly amount: string;
  readonly currency: string;
  readonly token: string;
  readonly status: 'in-flight' | 'pending' | 'authorised' | 'declined' | 'captured' | 'voided';
  /** Of a decline. */
  readonly code: string | null;
  readonly authorised: string;
  readonly captured: string;
  readonly voided: string;
  readonly refunded: string;
};

const FIGURES = ['authorised', 'captured', 'voided', 'refunded'] as const;
export type BookTotals = Readonly<Record<(typeof FIGURES)[number], string>>;

/** Everything that the service has taken and given, as of one moment. */
export interface Book {
  readonly charges: readonly BookedCharge[];
  /** By currency. Of what is authorised, the captured and the voided are parts; the rest is still set apart. */
  readonly totals: Readonly<Record<string, BookTotals>>;
}

/** The service's own word on what became of the money, for those who check the shop's. */
export async function readBook(statements: Statements): Promise<Book> {
  const charges = (await statements.query<BookedCharge>(BOOK, [])).map(inCanonical);
  const currencies = [...new Set(charges.map(({ currency }) => currency))].sort();
  return { charges, totals: Object.fromEntries(currencies.map((currency) => [currency, totalsOf(charges, currency)])) };
}

function totalsOf(charges: readonly BookedCharge[], currency: string): BookTotals {
  const own = charges.filter((charge) => charge.currency === currency);
  const total = (figure: (typeof FIGURES)[number]) => sum(own.map((charge) => charge[figure]));
  return { authorised: total('authorised'), captured: total('captured'), voided: total('voided'), refunded: total('refunded') };
}

/** Amounts come out of the database with all four places. */
export const inCanonical = (row: BookedCharge): BookedCharge => {
  const { amount, authorised, captured, voided, refunded } = row;
  return {
    ...row,
    amount: canonical(amount),
    authorised: canonical(authorised),
    captured: canonical(captured),
    voided: canonical(voided),
    refunded: canonical(refunded),
  };
};
