import {
  authorised,
  bookedOut,
  cancelled,
  captured,
  charge,
  confirmed,
  declined,
  firstParcel,
  given,
  goods,
  lastParcel,
  orderId,
  pending,
  placed,
  ready,
  refunded,
  refused,
  reserved,
  shippedWhole,
  skip,
  voided,
} from '@testing/saga-fulfilment.js';

describe('an operator who vouches for the money of an order', () => {
  const paid = [placed, reserved, pending, skip('authorise-payment')];
  it('goes on without the provider, and sees to it that it takes nothing', () => {
    const vouched = given(placed, reserved, pending).when(skip('authorise-payment'));
    vouched.asks(
      { ConfirmOrder: {} },
      { RecordPaidElsewhere: { orderId, amount: '25.00', currency: 'GBP' } },
      { VoidPayment: { orderId, ...charge } },
    );
    vouched.clears('payment');
    given(...paid, voided)
      .when(confirmed)
      .asksNothing();
    given(...paid, voided, confirmed)
      .when(shippedWhole)
      .asks({ ShipStock: {} });
    given(...paid, voided, confirmed, shippedWhole)
      .when(bookedOut('p1', true))
      .stands({ status: 'ended', outcome: 'completed' });
  });
  it('frees an authorisation that comes after all, however often', () => {
    given(...paid, voided, confirmed)
      .when(authorised)
      .asks({ VoidPayment: {} });
    given(...paid, voided, confirmed, shippedWhole, bookedOut('p1', true))
      .when(authorised)
      .asks({ VoidPayment: {} });
  });
  it('gives back what is captured after all', () => {
    const refund = { RefundPayment: { refundId: `cancel-${orderId}`, amount: null, reason: 'paid in another way' } };
    given(...paid, confirmed)
      .when(captured)
      .asks(refund);
    given(...paid, voided, confirmed, shippedWhole, bookedOut('p1', true))
      .when(captured)
      .asks(refund);
    given(...paid, confirmed, shippedWhole, bookedOut('p1', true), captured)
      .when(refunded)
      .stands({ status: 'ended', outcome: 'completed' });
  });
  it('is not given up where the provider declines or lets go of it', () => {
    given(...paid, confirmed)
      .when(declined)
      .asksNothing();
    given(...paid, confirmed)
      .when(voided)
      .asksNothing();
  });
  it('asks the provider for nothing where it never did', () => {
    given(placed, reserved, declined, refused('CancelOrder')).stands({ status: 'failed', step: 'authorise-payment' });
    given(placed, reserved, declined, refused('CancelOrder'), confirmed, shippedWhole, bookedOut('p1', true))
      .when(skip('authorise-payment'))
      .stands({ status: 'ended', outcome: 'completed' });
  });
  it('tells the payment once, also where the money could not be taken', () => {
    given(...paid)
      .when(confirmed)
      .asksNothing();
    given(...ready, shippedWhole, bookedOut('p1', true), refused('CapturePayment'))
      .when(skip('capture-payment'))
      .asks({ RecordPaidElsewhere: { orderId } }, { VoidPayment: {} });
    given(placed, skip('reserve-stock'), skip('authorise-payment')).when(voided).asksNothing();
  });
  it('gives up its goods, and gives the provider’s money back, where the order is cancelled all the same', () => {
    given(...paid, voided, confirmed)
      .when(cancelled)
      .asks({ ReleaseStock: {} });
    given(...paid, confirmed)
      .when(cancelled)
      .asks({ ReleaseStock: {} });
  });
});
describe('an operator who vouches for a parcel', () => {
  const rest = `${orderId}:rest`;
  const stuck = [...ready, captured, shippedWhole, refused('ShipStock', 'some.code', 'saga-fulfilment-the-saga/6.1')];
  it('books out what is still reserved, for all has left the house', () => {
    given(...stuck).stands({ status: 'failed', step: 'ship-stock' });
    const skipped = given(...stuck).when(skip('ship-stock'));
    skipped.asks({ ShipStock: { parcelId: rest, lines: goods } });
    skipped.stands({ status: 'running', step: 'ship-stock' });
    given(...stuck, skip('ship-stock'))
      .when(bookedOut(rest, true))
      .stands({ status: 'ended', outcome: 'completed' });
  });
  it('waits for the parcels to come, and books each of them out', () => {
    const [history, last] = [[...ready, captured, firstParcel, skip('ship-stock')], bookedOut('p2', false, [goods[0]!])];
    given(...history).stands({ status: 'resting', step: 'ship-order' });
    given(...history)
      .when(lastParcel)
      .asks({ ShipStock: { parcelId: 'p2' } });
    given(...history, lastParcel)
      .when(last)
      .asks({ ShipStock: { parcelId: rest, lines: [goods[0]] } });
  });
  it('asks again where the parcel was booked out after all, before its rest', () => {
    const history = [...ready, captured, firstParcel, skip('ship-stock'), lastParcel, bookedOut('p2', false, [goods[0]!])];
    const [late, no] = [bookedOut('p1', false, [{ sku: 'LAMP', quantity: 1 }]), refused('ShipStock', 'some.code', 'saga-fulfilment-the-saga/9.1')];
    const again = { ShipStock: { parcelId: rest, lines: [{ sku: 'LAMP', quantity: 1 }] } };
    given(...history, late)
      .when(no)
      .asks(again);
    given(...history, no)
      .when(late)
      .asks(again);
  });
  it('closes it though it was taken for done, where a parcel was booked out after all', () => {
    const history = [...ready, captured, firstParcel, skip('ship-stock'), lastParcel, bookedOut('p2', false, [goods[0]!])];
    const no = refused('ShipStock', 'some.code', 'saga-fulfilment-the-saga/9.1');
    given(...history)
      .when(skip('ship-stock'))
      .isIgnored();
    given(...history, no, skip('ship-stock')).stands({ status: 'ended' });
    given(...history, no, skip('ship-stock'))
      .when(bookedOut('p1', false, [{ sku: 'LAMP', quantity: 1 }]))
      .asks({ ShipStock: { parcelId: rest, lines: [{ sku: 'LAMP', quantity: 1 }] } });
  });
  it('takes it for done where even that is refused and vouched for', () => {
    const no = refused('ShipStock', 'some.code', 'saga-fulfilment-the-saga/8.1');
    given(...stuck, skip('ship-stock'), no).stands({ status: 'failed', step: 'ship-stock' });
    given(...stuck, skip('ship-stock'), no)
      .when(skip('ship-stock'))
      .stands({ status: 'ended' });
  });
});
