import {
  authorised,
  bookedOut,
  cancelled,
  captured,
  compensate,
  confirmed,
  declined,
  given,
  goods,
  orderId,
  outOfStock,
  pending,
  placed,
  ready,
  refused,
  released,
  reserved,
  retry,
  shippedWhole,
  skip,
  voided,
} from '@testing/saga-fulfilment.js';

describe('the fulfilment of an order that takes another course', () => {
  describe('when an order is confirmed by hand', () => {
    it('goes on with what is outstanding, and asks for no confirmation', () => {
      given(placed, confirmed).when(reserved).asks({ AuthorisePayment: {} });
      given(placed, confirmed, reserved).when(authorised).asksNothing();
    });
    it('still cancels it for want of money', () => {
      given(placed, confirmed, reserved)
        .when(declined)
        .asks({ CancelOrder: { reason: 'payment.declined' } });
    });
    it('books out and captures once it can, where it shipped before', () => {
      given(placed, confirmed).when(shippedWhole).asksNothing();
      given(placed, confirmed, shippedWhole)
        .when(reserved)
        .asks({ AuthorisePayment: {} }, { ShipStock: { parcelId: 'p1' } });
      given(placed, confirmed, shippedWhole, reserved).when(authorised).asks({ CapturePayment: {} });
    });
    it('needs an operator where it shipped and can be neither paid nor booked out', () => {
      given(placed, confirmed, shippedWhole).when(outOfStock).stands({ status: 'failed', step: 'reserve-stock' });
      given(placed, confirmed, reserved, shippedWhole, bookedOut('p1', true)).when(declined).stands({ status: 'failed', step: 'authorise-payment' });
    });
  });

  describe('when what must not be refused is refused', () => {
    const shipping = [...ready, shippedWhole];
    it.each([
      ['void-payment', [...ready, cancelled, released], 'VoidPayment'],
      ['release-stock', [...ready, cancelled, voided], 'ReleaseStock'],
      ['refund-payment', [...ready, captured, cancelled, released], 'RefundPayment'],
    ] as const)('needs an operator: %s', (step, history, command) => {
      const failed = given(...history).when(refused(command));
      failed.stands({ status: 'failed', step });
      failed.asksNothing();
      given(...history, refused(command))
        .when(skip(step))
        .stands({ status: 'ended' });
    });
    it('frees at the provider what an operator has taken in another way', () => {
      const history = [...shipping, bookedOut('p1', true), refused('CapturePayment')];
      given(...history).stands({ status: 'failed', step: 'capture-payment' });
      const skipped = given(...history).when(skip('capture-payment'));
      skipped.asks({ RecordPaidElsewhere: { orderId } }, { VoidPayment: { orderId } });
      skipped.stands({ status: 'running', step: 'void-payment' });
      given(...history, skip('capture-payment'))
        .when(voided)
        .stands({ status: 'ended', outcome: 'completed' });
    });
    it('asks again for what was refused where an operator has it retried', () => {
      const again = given(...shipping, refused('CapturePayment'), bookedOut('p1', true)).when(retry);
      again.asks({ CapturePayment: { orderId } });
      again.stands({ status: 'running', step: 'capture-payment' });
      given(...shipping, captured, refused('ShipStock', 'some.code', 'saga-fulfilment-the-saga/5.1'))
        .when(retry)
        .asks({ ShipStock: { orderId, parcelId: 'p1', lines: goods } });
      given(...ready, cancelled, voided, refused('ReleaseStock'))
        .when(retry)
        .asks({ ReleaseStock: { lines: goods } });
      given(...shipping)
        .when(retry)
        .isIgnored();
    });
    it('goes on by itself where the fact comes after all', () => {
      given(...shipping, bookedOut('p1', true), refused('CapturePayment'))
        .when(captured)
        .stands({ status: 'ended', outcome: 'completed' });
    });
    it('is tried again by an operator’s word to undo', () => {
      given(...ready, captured, cancelled, released, refused('RefundPayment'))
        .when(compensate)
        .asks({ RefundPayment: {} });
      given(...ready, cancelled, refused('VoidPayment'), refused('ReleaseStock'))
        .when(compensate)
        .asks({ VoidPayment: {} }, { ReleaseStock: {} });
    });
  });

  describe('when an operator steps in', () => {
    it('undoes what is confirmed, as the deadline would', () => {
      given(...ready)
        .when(compensate)
        .asks({ CancelOrder: { reason: 'the customer called' } });
    });
    it('undoes nothing that has shipped', () =>
      given(...ready, shippedWhole)
        .when(compensate)
        .isIgnored());
    it('undoes once what it is told to undo twice', () =>
      given(...ready, compensate)
        .when(compensate)
        .isIgnored());
    it('goes on without a reservation that an operator vouches for, and books out none', () => {
      given(placed).when(skip('reserve-stock')).asks({ AuthorisePayment: {} });
      given(placed, skip('reserve-stock'), authorised, confirmed, shippedWhole).when(captured).stands({ status: 'ended', outcome: 'completed' });
    });
    it('skips no other step than the one that the operator saw', () => {
      given(placed, reserved, pending).when(skip('reserve-stock')).isIgnored();
    });
    it('skips nothing that only the order or people can do', () => {
      given(...ready)
        .when(skip('ship-order'))
        .isIgnored();
      given(placed, outOfStock).when(skip('cancel-order')).isIgnored();
    });
  });
});
