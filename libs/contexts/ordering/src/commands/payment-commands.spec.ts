import { newOrder } from '@testing/ordering.js';
import { MemoryInbox } from '@testing/saga-world-outbox.js';
import { MemoryAggregates, MemoryReceipts, MemoryStreams, type MemoryRepository } from '@testing/saga-world-store.js';
import { MemoryWork } from '@testing/saga-world-work.js';
import { PaymentProvider, type KnownCharge } from '@kernel/ports/payment-provider.js';
import { Refusal } from '@kernel/refusal.js';
import { orderingEvents } from '../contract/events.js';
import type { Payment, PaymentCommand, PaymentEvent } from '../domain/payment.js';
import type { Order, OrderCommand, OrderEvent } from '../domain/order.js';
import { Orders } from '../orders.js';
import { Payments } from '../payments.js';
import { AuthorisePayment } from './authorise-payment.js';
import { CapturePayment } from './capture-payment.js';
import { RecordPaidElsewhere } from './payment-paid-elsewhere.js';
import { RefundPayment } from './refund-payment.js';
import { VoidPayment } from './void-payment.js';

const orderId = 'o-1';
const asked = { orderId, amount: '5.00', currency: 'GBP', token: 'tok' };
const due = { ...asked, provider: 'scripted' };
const told = { due, reference: 'ref', amount: '5.00', currency: 'GBP' };
const charge: KnownCharge = { paymentId: orderId, amount: { amount: '5.00', currency: 'GBP' }, token: 'tok', reference: 'ref' };
const unavailable = () => new Refusal('payment.provider-unavailable', 'unavailable', 'no answer');

/** A provider that gives the one answer it has. */
class Scripted extends PaymentProvider {
  readonly name = 'scripted';
  readonly defaultToken = 'tok';
  readonly calls: unknown[] = [];

  constructor(private readonly answer: unknown) {
    super();
  }

  private async say(...call: unknown[]): Promise<never> {
    this.calls.push(call);
    if (this.answer instanceof Error) throw this.answer;
    return this.answer as never;
  }

  authorise = (of: KnownCharge) => this.say('authorise', of);
  capture = (of: KnownCharge) => this.say('capture', of);
  void = (of: KnownCharge) => this.say('void', of);
  refund = (of: KnownCharge, refund: object) => this.say('refund', of, refund);
  notice(): never {
    throw new Error('nobody calls back here');
  }
}

/** A payment of which these facts are known, and a provider with an answer. */
function given(facts: readonly PaymentCommand[], answer: unknown, order: readonly OrderCommand[] = []) {
  const streams = new MemoryStreams(
    orderingEvents,
    () => newOrder('').data.placedAt,
    () => undefined,
  );
  const aggregates = new MemoryAggregates(streams, new MemoryReceipts(true));
  const [orders, payments] = [new Orders(aggregates), new Payments(aggregates)];
  const repository = payments.repository as MemoryRepository<Payment, PaymentCommand, PaymentEvent>;
  const provider = new Scripted(answer);
  const inbox = new MemoryInbox();
  new AuthorisePayment(inbox, orders, payments, provider).onModuleInit();
  new RecordPaidElsewhere(inbox, payments).onModuleInit();
  for (const Handler of [CapturePayment, VoidPayment, RefundPayment]) new Handler(inbox, payments, provider).onModuleInit();
  for (const step of order) (orders.repository as MemoryRepository<Order, OrderCommand, OrderEvent>).tell(orderId, step);
  for (const fact of facts) repository.tell(orderId, fact);
  const before = streams.all().length;
  const carryOut = async (name: string, data: object) => {
    const handler = inbox.handlers.get(`ordering.${name}`)!;
    const command = { id: 'c', name, data: handler.schema.parse(data), saga: { context: 'ordering', name: 'fulfilment', id: orderId } };
    const scope = { actor: null, correlationId: 'c', causationId: null, traceparent: null };
    const work = new MemoryWork(streams, handler.touches(command.data));
    handler.decide({ ...command, ...scope }, work, await handler.ask?.({ ...command, ...scope }, work));
    work.commit();
    return {
      events: streams
        .all()
        .slice(before)
        .map((event) => [event.type.replace('ordering.Payment', ''), event.data]),
      calls: provider.calls,
    };
  };
  return { carryOut };
}

const authorised: PaymentCommand = { type: 'RecordAuthorisation', data: told };
const captured: PaymentCommand = { type: 'RecordCapture', data: told };
const voided: PaymentCommand = { type: 'RecordVoid', data: { due } };
const declined: PaymentCommand = { type: 'RecordDecline', data: { due, reference: null, code: 'no-funds' } };
const pending: PaymentCommand = { type: 'RecordPending', data: { due, reference: 'ref', reason: 'pending' } };
const elsewhere: PaymentCommand = { type: 'RecordPaidElsewhere', data: { orderId, amount: '5.00', currency: 'GBP' } };
const refunded = (refundId: string, amount: string): PaymentCommand => ({
  type: 'RecordRefund',
  data: { ...told, amount, refundId, reason: 'x', attempt: null },
});

describe('AuthorisePayment', () => {
  it.each([
    [{ status: 'authorised', reference: 'ref' }, 'Authorised', { reference: 'ref', token: 'tok', amount: '5.00', provider: 'scripted' }],
    [{ status: 'declined', reference: null, code: 'no-funds' }, 'Declined', { code: 'no-funds' }],
    [{ status: 'pending', reference: 'ref' }, 'Pending', { reference: 'ref', reason: 'pending', token: 'tok' }],
  ])('%#: records what the provider answers', async (answer, type, data) => {
    const { events, calls } = await given([], answer).carryOut('AuthorisePayment', asked);
    expect(events).toEqual([[type, expect.objectContaining(data)]]);
    expect(calls).toEqual([['authorise', { ...charge, reference: null }]]);
  });

  it.each([[[]], [[pending]]])('%#: is tried again where the provider gives no answer, and leaves nothing behind', async (facts) => {
    await expect(given(facts, unavailable()).carryOut('AuthorisePayment', asked)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('waits on where the provider cannot tell yet', async () => {
    expect((await given([pending], { status: 'pending', reference: 'ref' }).carryOut('AuthorisePayment', asked)).events).toEqual([]);
  });

  it('asks for no card once the order is cancelled', async () => {
    const cancelled: OrderCommand[] = [newOrder(orderId), { type: 'CancelOrder', data: { orderId, reason: 'changed my mind' } }];
    expect(
      await given([], unavailable(), cancelled.slice(0, 1))
        .carryOut('AuthorisePayment', asked)
        .catch(() => 'asked'),
    ).toBe('asked');
    expect(await given([], unavailable(), cancelled).carryOut('AuthorisePayment', asked)).toEqual({ events: [], calls: [] });
  });

  it.each([[authorised], [captured], [voided], [declined], [elsewhere]])('%#: asks nobody about what is settled', async (fact) => {
    expect(await given([fact], unavailable()).carryOut('AuthorisePayment', asked)).toEqual({ events: [], calls: [] });
  });

  it('passes on that the provider cannot charge such an amount', async () => {
    const refusal = new Refusal('payment.amount-not-representable', 'invalid', 'no tenths of a penny');
    await expect(given([], refusal).carryOut('AuthorisePayment', asked)).rejects.toBe(refusal);
  });
});

describe('CapturePayment', () => {
  it('takes what is authorised', async () => {
    const { events, calls } = await given([authorised], { status: 'captured' }).carryOut('CapturePayment', { orderId });
    expect(events).toEqual([['Captured', { orderId, provider: 'scripted', amount: '5.00', currency: 'GBP', reference: 'ref' }]]);
    expect(calls).toEqual([['capture', charge]]);
  });

  it('leaves it to a notice where the provider is not done', async () => {
    expect((await given([authorised], { status: 'pending' }).carryOut('CapturePayment', { orderId })).events).toEqual([]);
  });

  it('asks nobody about what is captured', async () => {
    expect(await given([captured], unavailable()).carryOut('CapturePayment', { orderId })).toEqual({ events: [], calls: [] });
  });

  it.each([
    [[], { status: 'captured' }, 'ordering.payment-not-authorised'],
    [[authorised, voided], { status: 'captured' }, 'ordering.payment-not-authorised'],
    [[authorised], { status: 'refused', code: 'expired' }, 'payment.capture-refused'],
    [[authorised], unavailable(), 'payment.provider-unavailable'],
    [[authorised, elsewhere], { status: 'captured' }, 'ordering.payment-paid-elsewhere'],
  ])('%#: refuses', async (facts, answer, code) => {
    await expect(given(facts, answer).carryOut('CapturePayment', { orderId })).rejects.toMatchObject({ code });
  });
});

describe('VoidPayment', () => {
  it.each([[[]], [[pending]], [[authorised]], [[declined]], [[voided, authorised]]])('%#: frees what is, or may be, set apart', async (facts) => {
    const { events, calls } = await given(facts, { status: 'voided' }).carryOut('VoidPayment', asked);
    expect(events).toEqual([['Voided', { orderId, provider: 'scripted', amount: '5.00', currency: 'GBP' }]]);
    expect(calls).toHaveLength(1);
  });

  it('records money that had moved already', async () => {
    const answer = { status: 'captured', reference: 'ref', amount: { amount: '5.00', currency: 'GBP' } };
    const { events } = await given([pending], answer).carryOut('VoidPayment', asked);
    expect(events.map(([type]) => type)).toEqual(['Authorised', 'Captured']);
  });

  it.each([[captured], [voided]])('%#: asks nobody where there is nothing to free', async (fact) => {
    expect(await given([fact], unavailable()).carryOut('VoidPayment', asked)).toEqual({ events: [], calls: [] });
  });

  it('is tried again while the provider does not answer', async () => {
    await expect(given([authorised], unavailable()).carryOut('VoidPayment', asked)).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

describe('RefundPayment', () => {
  const refund = (amount: string | null) => ({ orderId, refundId: 'r', amount, reason: 'returned' });
  const done = { status: 'refunded', attempt: 'att-1' };

  it.each([
    ['2.00', '2.00'],
    [null, '4.00'],
  ])('gives back %s of what is left: %s', async (amount, given_) => {
    const { events, calls } = await given([captured, refunded('q', '1.00')], done).carryOut('RefundPayment', refund(amount));
    expect(events).toEqual([['Refunded', expect.objectContaining({ refundId: 'r', amount: given_, reason: 'returned', attempt: 'att-1' })]]);
    expect(calls).toEqual([['refund', charge, { refundId: 'r', amount: { amount: given_, currency: 'GBP' } }]]);
  });

  it('leaves it to a notice where the provider is not done', async () => {
    expect((await given([captured], { status: 'pending' }).carryOut('RefundPayment', refund('1.00'))).events).toEqual([]);
  });

  it('asks nobody about a refund that it knows', async () => {
    expect(await given([captured, refunded('r', '1.00')], unavailable()).carryOut('RefundPayment', refund('1.00'))).toEqual({
      events: [],
      calls: [],
    });
  });

  it('is tried again while the money is still to be taken', async () => {
    await expect(given([authorised], done).carryOut('RefundPayment', refund('1.00'))).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('gives back anew what has failed since', async () => {
    const failed: PaymentCommand = { type: 'RecordRefundFailure', data: { due, refundId: 'r', attempt: 'att-0', amount: '1.00', code: 'closed' } };
    const { events } = await given([captured, refunded('r', '1.00'), failed], done).carryOut('RefundPayment', refund('1.00'));
    expect(events).toEqual([['Refunded', expect.objectContaining({ refundId: 'r', attempt: 'att-1' })]]);
  });

  it('records free goods that come back, which are no provider’s business', async () => {
    const { events, calls } = await given([captured], unavailable()).carryOut('RefundPayment', refund('0'));
    expect([events, calls]).toEqual([[['Refunded', expect.objectContaining({ amount: '0.00' })]], []]);
  });

  it.each([
    [[], '1.00', done, 'ordering.payment-not-captured'],
    [[authorised, voided], null, done, 'ordering.payment-not-captured'],
    [[declined], '1.00', done, 'ordering.payment-not-captured'],
    [[captured], '5.01', done, 'ordering.refund-exceeds-capture'],
    [[captured, refunded('q', '5.00')], null, done, 'ordering.nothing-to-refund'],
    [[captured], '1.00', { status: 'refused', code: 'closed' }, 'payment.refund-refused'],
    [[captured], '1.00', unavailable(), 'payment.provider-unavailable'],
  ])('%#: refuses', async (facts, amount, answer, code) => {
    await expect(given(facts, answer).carryOut('RefundPayment', refund(amount))).rejects.toMatchObject({ code });
  });
});

describe('an order that is paid elsewhere', () => {
  it('is known as such once', async () => {
    const word = { orderId, amount: '5.00', currency: 'GBP' };
    expect((await given([], null).carryOut('RecordPaidElsewhere', word)).events).toEqual([['PaidElsewhere', word]]);
    expect((await given([elsewhere], null).carryOut('RecordPaidElsewhere', word)).events).toEqual([]);
  });

  it.each([[[elsewhere, captured]], [[authorised, elsewhere]], [[elsewhere]]])(
    '%#: refunds no return by the provider, whose money is owed whole',
    async (facts) => {
      const { carryOut } = given(facts, { status: 'refunded', attempt: 'a' });
      const refund = { orderId, refundId: 'return-1', amount: '2.00', reason: 'returned' };
      await expect(carryOut('RefundPayment', refund)).rejects.toMatchObject({ code: 'ordering.payment-paid-elsewhere', kind: 'conflict' });
    },
  );

  it('gives back all that the provider took after all', async () => {
    const { carryOut } = given([elsewhere, captured], { status: 'refunded', attempt: 'a' });
    const { events } = await carryOut('RefundPayment', { orderId, refundId: `cancel-${orderId}`, amount: null, reason: 'paid in another way' });
    expect(events).toEqual([['Refunded', expect.objectContaining({ amount: '5.00', refundId: `cancel-${orderId}` })]]);
  });
});
