interface Told {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Amounts are decimals. */
interface BookedRow {
  readonly id: string;
  readonly status: string;
  readonly currency: string;
  readonly amount: string;
  readonly authorised: string;
  readonly captured: string;
  readonly voided: string;
  readonly refunded: string;
  /** What the refunds come to, one by one. */
  readonly refunds: string;
}

export function againstBook(events: readonly Told[], book: readonly BookedRow[]): string[];
export function againstOrders(orders: readonly Told[], payments: readonly Told[]): string[];
