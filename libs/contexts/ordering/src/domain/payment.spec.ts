import { play, specOf } from '@testing/given.js';
import { sum, toUnits } from '@kernel/money.js';
import fc from 'fast-check';
import { paymentStatus } from './payment-status.js';
import { payment, refundedOf, type PaymentCommand, type PaymentEvent } from './payment.js';
import { ensureOwedByProvider, wholeRefundOf } from './whole-refund.js';

const given = specOf(payment);
const due = { orderId: 'o-1', provider: 'simulated', amount: '10.00', currency: 'GBP', token: 'tok' };
const told = { due, reference: 'ref', amount: '10.00', currency: 'GBP' };
const pending: PaymentCommand = { type: 'RecordPending', data: { due, reference: null, reason: 'pending' } };
const authorise: PaymentCommand = { type: 'RecordAuthorisation', data: told };
const decline: PaymentCommand = { type: 'RecordDecline', data: { due, reference: 'ref', code: 'no-funds' } };
const capture: PaymentCommand = { type: 'RecordCapture', data: told };
const release: PaymentCommand = { type: 'RecordVoid', data: { due } };
const refund = (refundId: string, amount: string, attempt: string | null = null): PaymentCommand => ({
  type: 'RecordRefund',
  data: { ...told, amount, refundId, reason: 'returned', attempt },
});
const failure = (refundId: string, attempt: string, amount = '4'): PaymentCommand => ({
  type: 'RecordRefundFailure',
  data: { due, refundId, attempt, amount, code: 'account_closed' },
});

const after = (...commands: PaymentCommand[]): PaymentEvent[] => [...play(payment, commands).events];
const statusAfter = (...commands: PaymentCommand[]) => paymentStatus(play(payment, commands).state);

describe('the payment of an order', () => {
  it('is pending, authorised, captured and refunded', () => {
    given().when(pending).emits({ type: 'ordering.PaymentPending' });
    given(...after(pending))
      .when(authorise)
      .emits({
        type: 'ordering.PaymentAuthorised',
        data: { orderId: 'o-1', provider: 'simulated', amount: '10.00', currency: 'GBP', token: 'tok', reference: 'ref' },
      });
    given(...after(pending, authorise))
      .when(capture)
      .emits({ type: 'ordering.PaymentCaptured', data: expect.objectContaining({ amount: '10.00', reference: 'ref' }) });
    given(...after(pending, authorise, capture))
      .when(refund('r', '4'))
      .emits({ type: 'ordering.PaymentRefunded', data: expect.objectContaining({ amount: '4.00', refundId: 'r', reason: 'returned' }) });
  });

  it('tells why it was declined, or why a refund failed, until that is made good', () => {
    const failureAfter = (...commands: PaymentCommand[]) => play(payment, commands).state.failure?.code ?? null;
    expect(failureAfter(pending)).toBeNull();
    expect(failureAfter(pending, decline)).toBe('no-funds');
    expect(failureAfter(decline, release)).toBe('no-funds');
    expect(failureAfter(decline, authorise)).toBeNull();
    const failed = [capture, refund('r', '4', 'a'), failure('r', 'a')];
    expect(failureAfter(...failed)).toBe('account_closed');
    expect(failureAfter(...failed, refund('s', '1'))).toBe('account_closed');
    expect(failureAfter(...failed, refund('r', '4', 'b'))).toBeNull();
  });

  describe('of which a refund fails after it was accepted', () => {
    it('has the money again, and may give it back by another attempt', () => {
      const paid = [capture, refund('r', '4', 'a')];
      given(...after(...paid))
        .when(failure('r', 'a'))
        .emits({
          type: 'ordering.PaymentRefundFailed',
          data: expect.objectContaining({ refundId: 'r', attempt: 'a', amount: '4.00', code: 'account_closed' }),
        });
      expect(statusAfter(...paid, failure('r', 'a'))).toBe('captured');
      given(...after(...paid, failure('r', 'a')))
        .when(refund('r', '4', 'b'))
        .emits({ type: 'ordering.PaymentRefunded', data: expect.objectContaining({ attempt: 'b' }) });
    });
    it('takes it for failed once, also before it was told that it was accepted', () => {
      given(...after(capture, failure('r', 'a')))
        .when(failure('r', 'a'))
        .emitsNothing();
      given(...after(capture, failure('r', 'a')))
        .when(refund('r', '4', 'a'))
        .emitsNothing();
    });
    it('knows one of the provider’s own desk by its attempt', () =>
      given(...after(capture, refund('desk', '4', 'a')))
        .when(failure('another', 'a'))
        .emits({ data: expect.objectContaining({ refundId: 'desk', attempt: 'a' }) }));
    it('is not troubled by the failure of an earlier attempt', () =>
      given(...after(capture, refund('r', '4', 'b')))
        .when(failure('r', 'a'))
        .emitsNothing());
    it('believes a failure of what was given back before attempts had names', () =>
      given(...after(capture, refund('r', '4')))
        .when(failure('r', 'a'))
        .emits({ type: 'ordering.PaymentRefundFailed' }));
  });

  it.each([
    [[], 'none'],
    [[pending], 'pending'],
    [[pending, decline], 'declined'],
    [[authorise], 'authorised'],
    [[authorise, release], 'voided'],
    [[authorise, capture], 'captured'],
    [[release, capture], 'captured'],
    [[capture, refund('r', '4')], 'partially-refunded'],
    [[capture, refund('r', '4'), refund('q', '6')], 'refunded'],
  ] as const)('%#: tells where the money is', (commands, status) => expect(statusAfter(...commands)).toBe(status));

  it.each([
    ['a wait', pending, [pending]],
    ['a wait that is over', pending, [authorise]],
    ['an authorisation', authorise, [authorise]],
    ['an authorisation that its capture brought along', authorise, [capture]],
    ['an authorisation that was voided', authorise, [authorise, release]],
    ['a decline', decline, [decline]],
    ['a decline of what is authorised', decline, [authorise]],
    ['a capture', capture, [capture]],
    ['a void', release, [release]],
    ['a void of what is captured', release, [capture]],
    ['a refund', refund('r', '4'), [capture, refund('r', '4')]],
  ] as const)('has nothing new in %s that it knows', (_, command, history) =>
    given(...after(...history))
      .when(command)
      .emitsNothing(),
  );

  it('takes what is told late for what it implies', () => {
    given().when(capture).emits({ type: 'ordering.PaymentAuthorised' }, { type: 'ordering.PaymentCaptured' });
    given()
      .when(refund('r', '4'))
      .emits(
        { type: 'ordering.PaymentAuthorised' },
        { type: 'ordering.PaymentCaptured', data: expect.objectContaining({ amount: '10.00' }) },
        { type: 'ordering.PaymentRefunded' },
      );
  });

  it('holds money again where it is authorised after a void, and is voided again', () => {
    given(...after(release))
      .when(authorise)
      .emits({ type: 'ordering.PaymentAuthorised' });
    given(...after(release, authorise)).becomes({ isVoided: false });
    given(...after(release, authorise))
      .when(release)
      .emits({ type: 'ordering.PaymentVoided' });
    given(...after(authorise, release))
      .when(capture)
      .emits({ type: 'ordering.PaymentCaptured' });
  });

  it('is authorised late after a decline', () =>
    given(...after(decline))
      .when(authorise)
      .emits({ type: 'ordering.PaymentAuthorised' }));

  it('is known to be paid elsewhere once, whatever the provider did or does', () => {
    const elsewhere: PaymentCommand = { type: 'RecordPaidElsewhere', data: { orderId: 'o-1', amount: '10', currency: 'GBP' } };
    given(...after(pending))
      .when(elsewhere)
      .emits({ type: 'ordering.PaymentPaidElsewhere', data: { orderId: 'o-1', amount: '10.00', currency: 'GBP' } });
    given(...after(elsewhere, release))
      .when(elsewhere)
      .emitsNothing();
    given(...after(elsewhere))
      .when(capture)
      .emits({ type: 'ordering.PaymentAuthorised' }, { type: 'ordering.PaymentCaptured' });
    expect(statusAfter(elsewhere, capture)).toBe('captured');
  });

  it('owes what is paid elsewhere by the refund of the whole alone, yet believes what was given back already', () => {
    const elsewhere: PaymentCommand = { type: 'RecordPaidElsewhere', data: { orderId: 'o-1', amount: '10.00', currency: 'GBP' } };
    const { state } = play(payment, [elsewhere, capture]);
    expect(() => ensureOwedByProvider({ orderId: 'o-1', refundId: 'return-1' }, state)).toThrow(
      expect.objectContaining({ code: 'ordering.payment-paid-elsewhere', kind: 'conflict' }),
    );
    expect(() => ensureOwedByProvider({ orderId: 'o-1', refundId: wholeRefundOf('o-1') }, state)).not.toThrow();
    expect(() => ensureOwedByProvider({ orderId: 'o-1', refundId: 'return-1' }, play(payment, [capture]).state)).not.toThrow();
    given(...after(elsewhere, capture))
      .when(refund('return-1', '4'))
      .emits({ type: 'ordering.PaymentRefunded' });
  });

  it('never gives back more than was taken', () => {
    given(...after(capture))
      .when(refund('r', '10.0001'))
      .refuses('ordering.refund-exceeds-capture');
    given(...after(capture, refund('r', '6')))
      .when(refund('q', '5'))
      .refuses('ordering.refund-exceeds-capture');
  });

  it.each([
    { ...authorise, data: { ...told, amount: '9.99' } },
    { ...capture, data: { ...told, amount: '100.00' } },
    { ...capture, data: { ...told, currency: 'EUR' } },
    { ...refund('r', '1'), data: { ...told, amount: '1', currency: 'EUR', refundId: 'r', reason: '' } },
  ] as PaymentCommand[])('%#: takes no other money for the money that is due', (command) =>
    given().when(command).refuses('ordering.payment-mismatch'),
  );
});

describe('whatever a provider tells, however often, in whatever order', () => {
  const facts = fc.uniqueArray(fc.constantFrom(pending, authorise, decline, capture, release, refund('r1', '2.50'), refund('r2', '7.50')), {
    minLength: 1,
  });
  /** The same facts, each at least once, told in two ways. */
  const twice = facts.chain((once) => {
    const telling = fc
      .tuple(fc.shuffledSubarray(once, { minLength: once.length }), fc.array(fc.constantFrom(...once), { maxLength: 6 }))
      .chain(([each, repeats]) => fc.shuffledSubarray([...each, ...repeats], { minLength: each.length + repeats.length }));
    return fc.tuple(telling, telling);
  });
  const money = (commands: readonly PaymentCommand[]) => {
    const { state } = play(payment, commands);
    return { authorised: state.authorised, captured: state.captured, refunded: refundedOf(state) };
  };

  it('comes to the same money', () => {
    fc.assert(fc.property(twice, ([one, other]) => expect(money(one)).toEqual(money(other))));
  });

  it('records each fact once, and never refunds more than it captured', () => {
    const refunds = fc.tuple(fc.uuid(), fc.integer({ min: 1, max: 900 })).map(([refundId, cents]) => refund(refundId, (cents / 100).toFixed(2)));
    const any = fc.array(fc.oneof(fc.constantFrom(pending, authorise, decline, capture, release), refunds), { maxLength: 25 });
    fc.assert(
      fc.property(any, (commands) => {
        const { events } = play(payment, commands);
        const amounts = (type: PaymentEvent['type']) => sum(events.flatMap((event) => (event.type === type ? [event.data.amount] : [])));
        expect(toUnits(amounts('ordering.PaymentRefunded')) <= toUnits(amounts('ordering.PaymentCaptured'))).toBe(true);
        for (const type of ['ordering.PaymentPending', 'ordering.PaymentAuthorised', 'ordering.PaymentDeclined', 'ordering.PaymentCaptured'])
          expect(events.filter((event) => event.type === type).length).toBeLessThanOrEqual(1);
        expect(play(payment, [...commands, ...commands]).state.captured).toBe(play(payment, commands).state.captured);
      }),
    );
  });
});
