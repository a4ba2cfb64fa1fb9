import { againstBook, againstOrders } from './conservation.mjs';

type Figures = Partial<Record<'authorised' | 'captured' | 'voided' | 'refunded', string>>;

/** A fact of payment p-1, by default of all that is due. */
const told = (type: string, amount = '20.00', more = {}) => ({
  type: `ordering.${type}`,
  data: { orderId: 'p-1', currency: 'GBP', amount, ...more },
});
const AUTHORISED = told('PaymentAuthorised');
const CAPTURED = told('PaymentCaptured');
const VOIDED = told('PaymentVoided');
/** As the database has it, with all four places. */
const booked = (status: string, figures: Figures = {}, more = {}) => {
  const [authorised, captured, voided, refunded] = (['authorised', 'captured', 'voided', 'refunded'] as const).map(
    (figure) => figures[figure] ?? '0',
  );
  return { id: 'p-1', status, currency: 'GBP', amount: '20.0000', authorised, captured, voided, refunded, refunds: refunded, ...more } as Booked;
};
type Booked = Parameters<typeof againstBook>[1][number];
const HELD = booked('authorised', { authorised: '20.0000' });
const TAKEN = booked('captured', { authorised: '20.0000', captured: '20.0000' });
const FREED = booked('voided', { authorised: '20.0000', voided: '20.0000' });
const GIVEN_BACK = booked('captured', { authorised: '20.0000', captured: '20.0000', refunded: '7.5000' });

describe('payments against the provider’s book', () => {
  it.each([
    ['set apart', [AUTHORISED], HELD],
    ['taken', [AUTHORISED, CAPTURED], TAKEN],
    ['set apart, and free again', [AUTHORISED, VOIDED], FREED],
    ['given back in part', [AUTHORISED, CAPTURED, told('PaymentRefunded', '7.50')], GIVEN_BACK],
    [
      'given back after a try that failed',
      [AUTHORISED, CAPTURED, told('PaymentRefunded', '7.50'), told('PaymentRefundFailed', '7.50'), told('PaymentRefunded', '7.50')],
      GIVEN_BACK,
    ],
    ['declined', [told('PaymentDeclined')], booked('declined')],
    ['voided before it was asked for, or while it was pending', [VOIDED], booked('voided')],
    ['voided after a decline whose answer was lost', [VOIDED], booked('declined')],
    ['voided after an authorisation whose answer was lost', [VOIDED], FREED],
    ['told of as set apart after the void that freed it, and voided once more', [VOIDED, AUTHORISED, VOIDED], FREED],
    ['of no concern to the provider', [told('PaymentPaidElsewhere'), VOIDED], booked('voided')],
  ])('has nothing to say of one that was %s', (_, events, charge) => expect(againstBook(events, [charge])).toEqual([]));

  const differs = (figure: string, ours: string, theirs: string, status: string) => [
    `payment p-1: ${figure} ${ours} in the events, ${theirs} in the book (${status})`,
    `GBP in total: ${figure} ${ours} in the events, ${theirs} in the book`,
  ];
  it.each([
    ['a void that the provider never got', [AUTHORISED, VOIDED], HELD, differs('voided', '20.00', '0.00', 'authorised')],
    ['a void that was never written down', [AUTHORISED], FREED, differs('voided', '0.00', '20.00', 'voided')],
    ['a void that left what nobody was told of', [VOIDED], HELD, differs('voided', '20.00', '0.00', 'authorised')],
    ['a void that an authorisation outlives in the log', [VOIDED, AUTHORISED], FREED, differs('voided', '0.00', '20.00', 'voided')],
    ['a void that is there twice', [AUTHORISED, VOIDED, VOIDED], FREED, differs('voided', '40.00', '20.00', 'voided')],
    ['an authorisation that the log does not know', [told('PaymentPending')], HELD, differs('authorised', '0.00', '20.00', 'authorised')],
    ['an authorisation that the provider does not know', [AUTHORISED], booked('declined'), differs('authorised', '20.00', '0.00', 'declined')],
    ['an authorisation of less', [told('PaymentAuthorised', '19.99')], HELD, differs('authorised', '19.99', '20.00', 'authorised')],
    ['a void of less', [AUTHORISED, told('PaymentVoided', '19.9999')], FREED, differs('voided', '19.9999', '20.00', 'voided')],
    ['a capture that the log does not know', [AUTHORISED], TAKEN, differs('captured', '0.00', '20.00', 'captured')],
    ['a refund that the log does not know', [AUTHORISED, CAPTURED], GIVEN_BACK, differs('refunded', '0.00', '7.50', 'captured')],
    ['a void of another amount, of nothing', [told('PaymentVoided', '5.00')], booked('voided'), ['payment p-1: a void of 5.00 of 20.00']],
    ['a charge that goes on', [told('PaymentPending')], booked('pending'), ['payment p-1: still pending in the book, with all at rest']],
  ])('finds %s', (_, events, charge, problems) => expect(againstBook(events, [charge])).toEqual(problems));

  it('finds a capture behind a void that saw nothing', () => {
    expect(againstBook([VOIDED], [TAKEN])).toEqual(
      [...differs('captured', '0.00', '20.00', 'captured'), ...differs('voided', '20.00', '0.00', 'captured')].sort(inOrder),
    );
  });

  it('finds a payment that is on one side only', () => {
    expect(againstBook([], [HELD])).toEqual(differs('authorised', '0.00', '20.00', 'authorised'));
    expect(againstBook([AUTHORISED], [])).toEqual(differs('authorised', '20.00', '0.00', 'not in the book'));
    expect(againstBook([VOIDED], [])).toEqual(['payment p-1: a void of 20.00 of 0.00']);
  });

  it('finds what differs of one payment where another makes up for it', () => {
    const other = { ...HELD, id: 'p-2' };
    const problems = againstBook([told('PaymentAuthorised', '19.00'), told('PaymentAuthorised', '21.00', { orderId: 'p-2' })], [HELD, other]);
    expect(problems.map((problem) => problem.slice(0, 11))).toEqual(['payment p-1', 'payment p-2']);
  });

  it('adds up each currency for itself', () => {
    const yen = { ...AUTHORISED, data: { ...AUTHORISED.data, currency: 'JPY' } };
    expect(againstBook([yen], [HELD])).toEqual([
      'payment p-1: another currency than the book’s GBP',
      'JPY in total: authorised 20.00 in the events, 0.00 in the book',
      'GBP in total: authorised 0.00 in the events, 20.00 in the book',
    ]);
    expect(againstBook([yen], [{ ...HELD, currency: 'JPY' }])).toEqual([]);
  });

  it('finds a book that contradicts itself', () => {
    expect(againstBook([AUTHORISED, CAPTURED], [{ ...TAKEN, refunds: '1.0000' }])).toEqual(['payment p-1: the book’s refunds are not its total']);
  });
});

describe('payments against their orders', () => {
  const PLACED = { type: 'ordering.OrderPlaced', data: { orderId: 'p-1', total: '20.00' } };
  const [CONFIRMED, CANCELLED, SHIPPED] = ['OrderConfirmed', 'OrderCancelled', 'OrderShipped'].map((type) => told(type)) as [Told, Told, Told];
  const credit = { type: 'ordering.CreditNoteRecorded', data: { orderId: 'p-1', total: '7.50' } };

  it.each([
    ['waits to be sent', [PLACED, CONFIRMED], [AUTHORISED]],
    ['was paid at once, and waits to be sent', [PLACED, CONFIRMED], [AUTHORISED, CAPTURED]],
    ['was sent', [PLACED, CONFIRMED, SHIPPED], [AUTHORISED, CAPTURED]],
    ['came back in part', [PLACED, CONFIRMED, SHIPPED, credit], [AUTHORISED, CAPTURED, told('PaymentRefunded', '7.50')]],
    ['was cancelled', [PLACED, CONFIRMED, CANCELLED], [AUTHORISED, VOIDED]],
    ['was cancelled before anything was set apart', [PLACED, CANCELLED], [VOIDED]],
    ['was cancelled too late to be voided', [PLACED, CANCELLED], [AUTHORISED, CAPTURED, told('PaymentRefunded')]],
  ])('has nothing to say of one that %s', (_, order, payment) => expect(againstOrders(order, payment)).toEqual([]));

  it.each([
    ['a void that nobody asked for', [PLACED, CONFIRMED, CANCELLED], [AUTHORISED], 'order p-1: 20.00 is held, 0.00 should be'],
    ['one that was confirmed and has nothing set apart', [PLACED, CONFIRMED], [AUTHORISED, VOIDED], 'order p-1: 0.00 is held, 20.00 should be'],
    ['one that was confirmed and never paid', [PLACED, CONFIRMED], [], 'order p-1: 0.00 is held, 20.00 should be'],
    ['money that was kept', [PLACED, CANCELLED], [AUTHORISED, CAPTURED], 'order p-1: 20.00 is kept, 0.00 is due'],
    ['goods that nobody paid', [PLACED, CONFIRMED, SHIPPED], [], 'order p-1: 0.00 is kept, 20.00 is due'],
  ])('finds %s', (_, order, payment, problem) => expect(againstOrders(order, payment)).toEqual([problem]));
});
type Told = ReturnType<typeof told>;
/** Payments first, then totals. */
const inOrder = (one: string, other: string): number => Number(one.startsWith('GBP')) - Number(other.startsWith('GBP'));
