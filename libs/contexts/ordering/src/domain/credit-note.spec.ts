import { play, specOf } from '@testing/given.js';
import { creditNote, type CreditNoteCommand } from './credit-note.js';

const given = specOf(creditNote);
const recordedAt = '2010-12-01T09:41:00.000Z';
const record: CreditNoteCommand = {
  type: 'ImportCreditNote',
  data: {
    creditNoteId: 'C536379',
    customerId: null,
    country: 'United Kingdom',
    currency: 'GBP',
    recordedAt,
    lines: [{ kind: 'goods', sku: 'D', name: 'Discount', category: 'Charges', quantity: 3, unitPrice: '27.5' }],
  },
};

describe('a credit note of a past system', () => {
  it('is recorded at its own time, with its totals', () =>
    given()
      .when(record)
      .emits({
        type: 'ordering.CreditNoteRecorded',
        occurredAt: recordedAt,
        data: expect.objectContaining({ total: '82.50', goodsTotal: '82.50', units: 3, orderId: null }),
      }));

  it('is recorded once', () =>
    given(...play(creditNote, [record]).events)
      .when(record)
      .refuses('ordering.credit-note-exists'));
});
