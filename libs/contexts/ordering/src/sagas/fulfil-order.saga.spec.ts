import {
  DEADLINE,
  authorised,
  bookedOut,
  cancelled,
  captured,
  charge,
  confirmed,
  deadline,
  declined,
  firstParcel,
  free,
  given,
  goods,
  lastParcel,
  orderId,
  outOfStock,
  pending,
  placed,
  ready,
  refunded,
  refundFailed,
  refused,
  released,
  reserved,
  retry,
  shippedWhole,
  voided,
} from '@testing/saga-fulfilment.js';
import { at, seconds } from '@testing/saga-given.js';
import { fulfilment } from './fulfil-order.saga.js';

describe('the fulfilment of an order', () => {
  describe('when all goes well', () => {
    it('sets the goods apart until the deadline', () => {
      const begins = given().when(at(seconds(0), placed));
      begins.asks({ ReserveStock: { orderId, lines: goods, expiresAt: seconds(DEADLINE) } });
      begins.sets({ payment: seconds(DEADLINE) });
      begins.stands({
        status: 'running',
        step: 'reserve-stock',
        remaining: ['authorise-payment', 'confirm-order', 'ship-order', 'ship-stock', 'capture-payment'],
      });
    });
    it('sets the money apart once the goods are', () => {
      given(placed)
        .when(reserved)
        .asks({ AuthorisePayment: { orderId, ...charge } });
    });
    it('confirms once the money is, and waits for no deadline any more', () => {
      const secured = given(placed, reserved).when(authorised);
      secured.asks({ ConfirmOrder: { orderId } });
      secured.clears('payment');
    });
    it('waits for the provider to call back', () => {
      given(placed, reserved).when(pending).stands({ status: 'running', step: 'authorise-payment' });
      given(placed, reserved, pending).when(authorised).asks({ ConfirmOrder: {} });
    });
    it('rests until somebody ships', () =>
      given(...ready).stands({ status: 'resting', step: 'ship-order', remaining: ['ship-stock', 'capture-payment'] }));
    it('books the parcel out and takes the money', () => {
      given(...ready)
        .when(shippedWhole)
        .asks({ ShipStock: { orderId, parcelId: 'p1', lines: goods } }, { CapturePayment: { orderId } });
    });
    it('ends when both have come about, in whatever order', () => {
      given(...ready, shippedWhole, captured)
        .when(bookedOut('p1', true))
        .stands({ status: 'ended', outcome: 'completed' });
      given(...ready, shippedWhole, bookedOut('p1', true))
        .when(captured)
        .stands({ status: 'ended', outcome: 'completed' });
      given(...ready, shippedWhole, captured).stands({ status: 'running', step: 'ship-stock' });
    });
    it('takes the money once, with the first parcel, and rests between parcels', () => {
      const between = given(...ready, firstParcel, captured).when(bookedOut('p1', false));
      between.asksNothing();
      between.stands({ status: 'resting', step: 'ship-order' });
      const last = given(...ready, firstParcel, captured, bookedOut('p1', false)).when(lastParcel);
      last.asks({ ShipStock: { parcelId: 'p2', lines: [goods[1]] } });
    });
    it('asks for no payment where there is nothing to pay', () => {
      const secured = given(free).when(reserved);
      secured.asks({ ConfirmOrder: { orderId } });
      secured.clears('payment');
      given(free, reserved, confirmed, shippedWhole).when(bookedOut('p1', true)).stands({ status: 'ended', outcome: 'completed' });
    });
    it('takes the word of a provider that captured without having been asked to', () => {
      given(placed, reserved, pending).when(captured).asks({ ConfirmOrder: {} });
      given(placed, reserved, pending, captured, confirmed).when(shippedWhole).asks({ ShipStock: {} });
    });
  });

  describe('when it cannot be', () => {
    it('cancels for want of goods, and has nothing to give back', () => {
      given(placed)
        .when(outOfStock)
        .asks({ CancelOrder: { orderId, reason: 'catalog.out-of-stock' } });
      given(placed, outOfStock).when(cancelled).stands({ status: 'ended', outcome: 'cancelled' });
    });
    it('cancels for want of money, then releases the goods', () => {
      given(placed, reserved)
        .when(declined)
        .asks({ CancelOrder: { orderId, reason: 'payment.declined' } });
      given(placed, reserved, declined)
        .when(cancelled)
        .asks({ ReleaseStock: { orderId, lines: goods } });
      given(placed, reserved, declined, cancelled).when(released).stands({ status: 'ended', outcome: 'cancelled' });
    });
    it('cancels at the deadline, then undoes in reverse', () => {
      given(at(seconds(0), placed), reserved)
        .when(deadline)
        .asks({ CancelOrder: { reason: 'payment.timed-out' } });
      given(at(seconds(0), placed), reserved, deadline).stands({
        status: 'compensating',
        step: 'cancel-order',
        remaining: ['void-payment', 'release-stock'],
      });
      given(at(seconds(0), placed), reserved, deadline)
        .when(cancelled)
        .asks({ VoidPayment: { orderId, ...charge } }, { ReleaseStock: { orderId, lines: goods } });
    });
    it('cancels where what can never be charged is refused', () => {
      given(placed, reserved)
        .when(refused('AuthorisePayment', 'payment.amount-not-representable'))
        .asks({ CancelOrder: { reason: 'payment.amount-not-representable' } });
    });
    it('cancels where the provider lets go of what it had set apart', () => {
      given(...ready)
        .when(voided)
        .asks({ CancelOrder: { reason: 'payment.voided' } });
    });
  });

  describe('when the deadline comes beside an answer', () => {
    it('no longer counts once money is set apart', () =>
      given(at(seconds(0), placed), reserved, authorised)
        .when(deadline)
        .isIgnored());
    it('is not held up by goods that are set apart too late', () => {
      const late = given(at(seconds(0), placed), deadline).when(reserved);
      late.asksNothing();
      given(at(seconds(0), placed), deadline, reserved)
        .when(cancelled)
        .asks({ ReleaseStock: {} });
    });
    it('is not held up by money that is set apart too late', () => {
      given(at(seconds(0), placed), reserved, deadline)
        .when(authorised)
        .asksNothing();
      given(at(seconds(0), placed), reserved, deadline, authorised)
        .when(cancelled)
        .asks({ VoidPayment: {} }, { ReleaseStock: {} });
    });
    it('gives way to an order that was confirmed by hand and has shipped: nothing is undone', () => {
      const shipsFirst = [at(seconds(0), placed), reserved, pending, confirmed, deadline] as const;
      given(...shipsFirst)
        .when(shippedWhole)
        .asks({ ShipStock: { parcelId: 'p1' } });
      given(...shipsFirst)
        .when(refused('CancelOrder', 'ordering.order-not-cancellable'))
        .stands({ status: 'running', step: 'authorise-payment' });
      given(...shipsFirst, refused('CancelOrder'), shippedWhole)
        .when(authorised)
        .asks({ CapturePayment: {} });
    });
  });

  describe('when somebody cancels', () => {
    it('releases goods that were asked for, before it knows whether it got them', () => {
      given(placed)
        .when(cancelled)
        .asks({ ReleaseStock: { orderId, lines: goods } });
      given(placed, cancelled).when(reserved).stands({ status: 'compensating', step: 'release-stock' });
      given(placed, cancelled, reserved).when(released).stands({ status: 'ended', outcome: 'cancelled' });
    });
    it('is done where the reservation was refused, or came after its own release', () => {
      given(placed, cancelled).when(outOfStock).stands({ status: 'ended' });
      given(placed, cancelled, released).when(outOfStock).stands({ status: 'ended' });
      given(placed, cancelled).when(refused('ReserveStock', 'catalog.reservation-released')).stands({ status: 'ended' });
    });
    it('voids money that was asked for, before it knows whether it got it', () => {
      given(placed, reserved).when(cancelled).asks({ VoidPayment: {} }, { ReleaseStock: {} });
      given(placed, reserved, pending).when(cancelled).asks({ VoidPayment: {} }, { ReleaseStock: {} });
      given(placed, reserved, cancelled, released).when(declined).stands({ status: 'ended', outcome: 'cancelled' });
    });
    it('voids again what was set apart after the void', () => {
      given(placed, reserved, cancelled, released, voided).when(authorised).asks({ VoidPayment: {} });
      given(placed, reserved, cancelled, released, voided, authorised).stands({ status: 'compensating', step: 'void-payment' });
    });
    it('refunds what was captured, however late', () => {
      const refund = { RefundPayment: { orderId, refundId: `cancel-${orderId}`, amount: null } };
      given(placed, reserved, cancelled, released).when(captured).asks(refund);
      given(placed, reserved, cancelled, released, voided).when(captured).asks(refund);
      given(placed, reserved, captured).when(cancelled).asks(refund, { ReleaseStock: {} });
      given(placed, reserved, cancelled, released, voided, captured).when(refunded).stands({ status: 'ended', outcome: 'cancelled' });
    });
    it('needs an operator where what was given back did not arrive', () => {
      const over = [placed, reserved, cancelled, released, voided, captured, refunded];
      given(...over)
        .when(refundFailed)
        .stands({ status: 'failed', step: 'refund-payment' });
      given(...over, refundFailed)
        .when(retry)
        .asks({ RefundPayment: { refundId: `cancel-${orderId}` } });
    });
    it('is not troubled by a confirmation that was refused for it', () => {
      given(placed, reserved, authorised).when(refused('ConfirmOrder')).asksNothing();
      given(placed, reserved, authorised, refused('ConfirmOrder')).when(cancelled).asks({ VoidPayment: {} }, { ReleaseStock: {} });
    });
    it('cancels no second time what is cancelled', () => given(placed, reserved, cancelled).when(declined).asksNothing());
  });

  it('begins with a placed order of this shop only', () => {
    given().when(reserved).isIgnored();
    const { saga } = fulfilment({ paymentDeadlineSeconds: 1 }).inputs['ordering.OrderPlaced'];
    expect([saga({ orderId, channel: 'web' } as never), saga({ orderId, channel: 'import' } as never)]).toEqual([orderId, null]);
  });

  it('keeps why a payment was declined or a refund failed, for whoever reads its timeline', () => {
    const { inputs } = fulfilment({ paymentDeadlineSeconds: 1 });
    expect(inputs['ordering.PaymentDeclined'].take({ orderId, code: 'card_declined' } as never)).toEqual({ code: 'card_declined' });
    const event = { orderId, refundId: 'r-1', attempt: 're-1', code: 'account_closed' };
    expect(inputs['ordering.PaymentRefundFailed'].take(event as never)).toEqual({ refundId: 'r-1', code: 'account_closed' });
  });

  it('goes on from steps of before the reasons were kept as from those with them', () => {
    const withReason = <Message extends { data: object }>(message: Message): Message => ({ ...message, data: { ...message.data, code: 'any' } });
    for (const refusal of [declined, withReason(declined)])
      given(placed, reserved, refusal, cancelled).stands({ status: 'compensating', step: 'release-stock' });
    for (const failed of [refundFailed, withReason(refundFailed)])
      given(...ready, captured, cancelled, released, refunded, failed).stands({ status: 'failed', step: 'refund-payment' });
  });

  it('keeps of the order its goods, a line a SKU, and what is to be paid', () => {
    const { take } = fulfilment({ paymentDeadlineSeconds: 1 }).inputs['ordering.OrderPlaced'];
    const lines = [
      { kind: 'goods', sku: 'LAMP', quantity: 1, unitPrice: '5.00' },
      { kind: 'goods', sku: 'LAMP', quantity: 1, unitPrice: '4.00' },
      { kind: 'shipping', sku: 'SHIPPING', quantity: 1, unitPrice: '3.00' },
    ];
    const event = { orderId, lines, total: '12.00', currency: 'GBP', payment: { token: 'tok_late' } };
    const kept = { orderId, goods: [{ sku: 'LAMP', quantity: 2 }], charge: { amount: '12.00', currency: 'GBP', token: 'tok_late' } };
    expect(take(event as never)).toEqual(kept);
    expect(take({ ...event, total: '0.00' } as never)).toEqual({ ...kept, charge: null });
    expect(take({ ...event, payment: null } as never)).toEqual({ ...kept, charge: null });
  });
});
