import type { Step } from './script.js';

/** Refusals that a day brings about; any other is a fault of the server or of this script. */
const EXPECTED: Readonly<Record<Step['kind'], readonly string[]>> = {
  place: ['catalog.out-of-stock'],
  // The order was cancelled already: its payment was declined, or its goods were gone.
  cancel: ['ordering.order-not-cancellable'],
  ship: [],
  deliver: [],
  return: [],
  receive: [],
};

/** What was done in the day, as far as the answers told it. */
export class DayTally {
  readonly done: Record<Step['kind'], number> = { place: 0, cancel: 0, ship: 0, deliver: 0, return: 0, receive: 0 };
  readonly decisions = { confirmed: 0, cancelled: 0 };
  outOfStock = 0;
  /** Refusals that should not have been, by step and code. */
  readonly unexpected = new Map<string, number>();

  /** Counts a step by how it was answered: `code` is a refusal's. */
  count(kind: Step['kind'], code: string | undefined): void {
    if (code === undefined) this.done[kind]++;
    else if (code === 'catalog.out-of-stock') this.outOfStock++;
    if (code === undefined || EXPECTED[kind].includes(code)) return;
    const what = `${kind}: ${code}`;
    this.unexpected.set(what, (this.unexpected.get(what) ?? 0) + 1);
  }

  /** An order was confirmed, or cancelled: at once or after all. */
  decided(now: 'confirmed' | 'cancelled', before: string): void {
    if (before === 'confirmed') this.decisions.confirmed--;
    this.decisions[now]++;
  }
}
