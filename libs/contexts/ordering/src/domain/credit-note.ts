import { decider, type DomainCommand } from '@kernel/decider.js';
import { ensure } from '@kernel/refusal.js';
import type { CreditNoteRecorded } from '../contract/events.js';
import { totalsOf, withTotals, type PricedLine } from './lines.js';

/** A credit note of a past system, whose order is not named: it stands on its own. */
export interface CreditNote {
  readonly recorded: boolean;
}

export type CreditNoteCommand = DomainCommand<
  'ImportCreditNote',
  {
    readonly creditNoteId: string;
    readonly customerId: string | null;
    readonly country: string;
    readonly currency: string;
    readonly recordedAt: string;
    /** Positive quantities. */
    readonly lines: readonly PricedLine[];
  }
>;

export const creditNote = decider<CreditNote, CreditNoteCommand, CreditNoteRecorded>({
  initial: { recorded: false },
  decide: {
    ImportCreditNote: ({ creditNoteId, customerId, country, currency, recordedAt, lines: priced }, { recorded }) => {
      ensure(!recorded, 'ordering.credit-note-exists', 'A credit note with this id exists', { creditNoteId });
      const lines = withTotals(priced);
      const data = { creditNoteId, orderId: null, channel: 'import' as const, reason: 'imported', customerId, country, currency, lines };
      return [{ type: 'ordering.CreditNoteRecorded', version: 2, data: { ...data, ...totalsOf(lines) }, occurredAt: recordedAt }];
    },
  },
  evolve: {
    'ordering.CreditNoteRecorded': () => ({ recorded: true }),
  },
});
