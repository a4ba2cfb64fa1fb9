import {
  bookedOut,
  captured,
  confirmed,
  firstParcel,
  free,
  given,
  goods,
  orderId,
  placed,
  ready,
  reducedTo,
  refused,
  remainder,
  remainderRefunded,
  remainderRefundFailed,
  reserved,
  retry,
  skip,
  voided,
} from '@testing/saga-fulfilment.js';
import { fulfilment } from './fulfil-order.saga.js';
import { takingBack } from './take-back-goods.saga.js';

const [lamps, bag] = [goods[0]!, goods[1]!];
const refundId = `remainder-${orderId}`;
const release = { ReleaseStock: { orderId, lines: [bag], only: 'lines' } };
const refund = { RefundPayment: { orderId, refundId, amount: '6.00' } };
const completed = { status: 'ended', outcome: 'completed' } as const;
const booked = bookedOut('p1', false, [bag]);
const between = [...ready, firstParcel, captured, booked];

describe('a remainder that is cancelled', () => {
  it('has its goods released and its money given back', () => {
    given(...between)
      .when(remainder)
      .asks(release, refund);
    given(...between, remainder).stands({ status: 'running', step: 'refund-payment', remaining: ['release-stock'] });
  });

  it('ends the order once both are done, in whatever order', () => {
    given(...between, remainder, reducedTo())
      .when(remainderRefunded)
      .stands(completed);
    given(...between, remainder, remainderRefunded)
      .when(reducedTo())
      .stands(completed);
  });

  it('is released once all parcels are booked out', () => {
    const early = given(...ready, firstParcel, captured).when(remainder);
    early.asks(refund);
    early.stands({ status: 'running', step: 'ship-stock' });
    given(...ready, firstParcel, captured, remainder)
      .when(booked)
      .asks(release);
    given(...ready, firstParcel, captured, remainder, remainderRefunded, booked)
      .when(reducedTo())
      .stands(completed);
  });

  it('is given back once the money was taken, and not before', () => {
    given(...ready, firstParcel, booked)
      .when(remainder)
      .asks(release);
    given(...ready, firstParcel, booked, remainder)
      .when(captured)
      .asks(refund);
    given(...ready, firstParcel, booked, remainder, refused('CapturePayment'), reducedTo()).stands({ status: 'failed', step: 'capture-payment' });
    given(...ready, firstParcel, booked, remainder, refused('CapturePayment'), retry)
      .when(captured)
      .asks(refund);
  });

  it('costs nobody anything where nothing was to be paid, or it was free', () => {
    const unpaid = [free, reserved, confirmed, firstParcel, booked];
    given(...unpaid)
      .when(remainder)
      .asks(release);
    given(...unpaid, remainder)
      .when(reducedTo())
      .stands(completed);
    const gift = { ...remainder, data: { goods: [bag], amount: '0.00' } } as typeof remainder;
    given(...between)
      .when(gift)
      .asks(release);
  });

  it('fails visibly where the money is not given back, and goes on when that is tried again', () => {
    const no = [...between, remainder, reducedTo(), refused('RefundPayment', 'payment.refund-refused')];
    given(...no).stands({ status: 'failed', step: 'refund-payment' });
    given(...no)
      .when(retry)
      .asks(refund);
    given(...no, retry)
      .when(remainderRefunded)
      .stands(completed);
    given(...no)
      .when(skip('refund-payment'))
      .stands(completed);
  });

  it('opens the order again where the money did not arrive', () => {
    const over = [...between, remainder, reducedTo(), remainderRefunded];
    given(...over)
      .when(remainderRefundFailed)
      .stands({ status: 'failed', step: 'refund-payment' });
    given(...over, remainderRefundFailed)
      .when(retry)
      .asks(refund);
  });

  it('fails visibly where the goods are not released', () => {
    const no = [...between, remainder, remainderRefunded, refused('ReleaseStock', 'catalog.not-reserved')];
    given(...no).stands({ status: 'failed', step: 'release-stock' });
    given(...no)
      .when(retry)
      .asks(release);
    given(...no)
      .when(skip('release-stock'))
      .stands(completed);
  });

  it('is released before a parcel that an operator vouched for is booked out as the rest, or its units could go out twice', () => {
    const stuck = [...ready, captured, firstParcel, refused('ShipStock', 'some.code', 'saga-fulfilment-the-saga/6.1')];
    given(...stuck, remainder).stands({ status: 'failed', step: 'ship-stock' });
    given(...stuck, remainder)
      .when(skip('ship-stock'))
      .asks(release);
    given(...stuck, remainder, skip('ship-stock'))
      .when(reducedTo(lamps))
      .asks({ ShipStock: { parcelId: `${orderId}:rest`, lines: [lamps] } });
    given(...stuck, remainder, remainderRefunded, skip('ship-stock'), reducedTo(lamps))
      .when(bookedOut(`${orderId}:rest`, true))
      .stands(completed);
  });

  it('is not released where the goods are seen to by hand, and not given back by the provider where it was paid in another way', () => {
    const byHand = [placed, refused('ReserveStock'), refused('CancelOrder'), skip('reserve-stock'), captured, confirmed, firstParcel];
    given(...byHand)
      .when(remainder)
      .asks(refund);
    given(...byHand, remainder)
      .when(remainderRefunded)
      .stands(completed);
    given(...byHand, remainder, remainderRefunded)
      .when(reserved)
      .asks({ ShipStock: { parcelId: 'p1' } });
    const elsewhere = [...ready, firstParcel, booked, refused('CapturePayment'), skip('capture-payment'), voided];
    given(...elsewhere)
      .when(remainder)
      .asks(release);
    given(...elsewhere, remainder)
      .when(reducedTo())
      .stands(completed);
  });

  it('takes of its events what it needs', () => {
    const { inputs } = fulfilment({ paymentDeadlineSeconds: 1 });
    const lines = [
      { kind: 'goods', sku: 'BAG', quantity: 1, unitPrice: '5.00' },
      { kind: 'tax', sku: 'TAX', quantity: 1, unitPrice: '1.00' },
    ];
    const { saga, take } = inputs['ordering.OrderRemainderCancelled'];
    expect([saga({ orderId } as never), take({ orderId, lines, total: '6.00' } as never)]).toEqual([orderId, { goods: [bag], amount: '6.00' }]);
    const { take: takeReleased } = inputs['catalog.StockReservationReleased'];
    expect([takeReleased({ orderId, lines: [] } as never), takeReleased({ orderId, lines: [], remaining: [bag] } as never)]).toEqual([
      {},
      { remaining: [bag] },
    ]);
  });

  it('is no return: its credit note asks for no second refund', () => {
    const { saga } = takingBack.inputs['ordering.CreditNoteRecorded'];
    expect(saga({ channel: 'web', orderId, creditNoteId: refundId } as never)).toBeNull();
    expect(saga({ channel: 'web', orderId, creditNoteId: 'n-1' } as never)).toBe('n-1');
  });
});
