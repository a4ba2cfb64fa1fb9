import { decide } from '@kernel/decider.js';
import { play, specOf } from '@testing/given.js';
import { order, type OrderCommand, type OrderEvent } from './order.js';

const given = specOf(order);
const orderId = 'o-1';
const placedAt = '2026-11-21T10:00:00.000Z';
const goods = 'goods' as const;
const lines = [
  { kind: goods, sku: 'A', name: 'Lamp', category: 'Lighting', quantity: 2, unitPrice: '2.555' },
  { kind: goods, sku: 'B', name: 'Bag', category: 'Bags', quantity: 1, unitPrice: '10' },
  { kind: 'shipping' as const, sku: 'SHIPPING', name: 'Shipping', category: 'Charges', quantity: 1, unitPrice: '4.95' },
];
const newOrder = { orderId, customerId: 'c-1', country: 'France', currency: 'GBP', placedAt, payment: { token: 'tok' }, lines };
const place: OrderCommand = { type: 'PlaceOrder', data: newOrder };
const confirm: OrderCommand = { type: 'ConfirmOrder', data: { orderId, awaits: null } };
const ensureConfirmed: OrderCommand = { type: 'EnsureConfirmed', data: { orderId } };
const ship = (parcelId: string, of: { sku: string; quantity: number }[] | null = null): OrderCommand => ({
  type: 'ShipOrder',
  data: { orderId, parcelId, lines: of, awaits: null },
});
const deliver: OrderCommand = { type: 'DeliverOrder', data: { orderId } };
const cancel: OrderCommand = { type: 'CancelOrder', data: { orderId, reason: 'changed my mind' } };
const ensureCancelled: OrderCommand = { type: 'EnsureCancelled', data: { orderId, reason: 'payment.declined' } };
const credit = (quantity: number, sku = 'A'): OrderCommand => ({
  type: 'CreditOrder',
  data: { orderId, creditNoteId: `n-${quantity}`, reason: 'broken', lines: [{ sku, quantity }] },
});

/** The events that these commands lead to, none of them refused. */
const after = (...commands: OrderCommand[]): OrderEvent[] => [...play(order, [place, ...commands]).events];
const A = (quantity: number) => ({ sku: 'A', quantity });
const B = (quantity: number) => ({ sku: 'B', quantity });

describe('an order', () => {
  it('is placed with exact totals, of goods and of all', () => {
    const figures = { channel: 'web', payment: { token: 'tok' }, units: 3, goodsTotal: '15.11', total: '20.06' };
    given()
      .when(place)
      .emits({ type: 'ordering.OrderPlaced', version: 2, occurredAt: placedAt, data: expect.objectContaining(figures) });
  });

  it('is placed once', () =>
    given(...after())
      .when(place)
      .refuses('ordering.order-exists'));

  it.each([[[]], [[lines[2]!]]])('needs a line of goods', (some) =>
    given()
      .when({ type: 'PlaceOrder', data: { ...newOrder, lines: some } })
      .refuses('ordering.order-empty'),
  );

  it('may cost nothing', () =>
    given()
      .when({ type: 'PlaceOrder', data: { ...newOrder, payment: null, lines: [{ ...lines[0]!, unitPrice: '0' }] } })
      .emits({ data: expect.objectContaining({ total: '0.00', payment: null }) }));

  it('is no larger than what can be counted exactly', () => {
    const huge = (quantity: number, unitPrice: string): OrderCommand => ({
      type: 'PlaceOrder',
      data: { ...newOrder, lines: [{ ...lines[0]!, quantity, unitPrice }] },
    });
    given().when(huge(1_000_000, '99999999999999')).refuses('ordering.amount-too-large');
    given().when(huge(2_000_000_001, '0.01')).refuses('ordering.units-too-many');
  });

  it('is imported confirmed and delivered, at its own time, with nothing to be paid', () => {
    given()
      .when({ type: 'ImportOrder', data: { ...newOrder, lines: lines.slice(0, 2) } })
      .emits(
        { type: 'ordering.OrderPlaced', occurredAt: placedAt, data: expect.objectContaining({ channel: 'import', payment: null }) },
        { type: 'ordering.OrderConfirmed', occurredAt: placedAt },
        { type: 'ordering.OrderDelivered', occurredAt: placedAt },
      );
    const { events } = play(order, [{ type: 'ImportOrder', data: { ...newOrder, lines: lines.slice(0, 2) } }]);
    given(...events)
      .when(credit(2))
      .emits({ data: expect.objectContaining({ total: '5.11' }) });
  });

  it('is confirmed, shipped and delivered in this order', () => {
    given(...after())
      .when(confirm)
      .emits({ type: 'ordering.OrderConfirmed' });
    given(...after(confirm))
      .when(ship('p'))
      .emits({ type: 'ordering.OrderShipped', version: 2, data: { orderId, parcelId: 'p', lines: [A(2), B(1)], complete: true } });
    given(...after(confirm, ship('p')))
      .when(deliver)
      .emits({ type: 'ordering.OrderDelivered' });
  });

  it.each([
    ['confirm', confirm, 'ordering.order-not-confirmable', [confirm]],
    ['confirm what is cancelled', confirm, 'ordering.order-not-confirmable', [cancel]],
    ['confirm what is cancelled, for a workflow', ensureConfirmed, 'ordering.order-not-confirmable', [cancel]],
    ['ship', ship('p'), 'ordering.order-not-shippable', []],
    ['ship on', ship('q'), 'ordering.order-not-shippable', [confirm, ship('p')]],
    ['deliver', deliver, 'ordering.order-not-deliverable', [confirm]],
    ['deliver half of it', deliver, 'ordering.order-not-deliverable', [confirm, ship('p', [A(1)])]],
    ['cancel', cancel, 'ordering.order-not-cancellable', [confirm, ship('p')]],
    ['cancel what went out in part', cancel, 'ordering.order-not-cancellable', [confirm, ship('p', [A(1)])]],
    ['cancel what shipped, for a workflow', ensureCancelled, 'ordering.order-not-cancellable', [confirm, ship('p')]],
    ['cancel twice', cancel, 'ordering.order-not-cancellable', [cancel]],
    ['credit before it ships', credit(1), 'ordering.order-not-creditable', [confirm]],
  ] as const)('refuses to %s where its state forbids it', (_, command, code, history) =>
    given(...after(...history))
      .when(command)
      .refuses(code),
  );

  it.each([
    ['The order is cancelled already', [cancel]],
    ['A part of the order has shipped: cancel its remainder, or let it arrive and return it', [confirm, ship('p', [A(1)])]],
    ['The order has shipped: return it instead', [confirm, ship('p')]],
    ['The order is delivered: return it instead', [confirm, ship('p'), deliver]],
  ] as const)('says what there is to do where it is too late to cancel: %s', (message, history) => {
    const { state } = play(order, [place, ...history]);
    expect(() => decide(order, cancel, state)).toThrow(message);
  });

  it.each([confirm, ensureConfirmed, ship('p'), deliver, cancel, ensureCancelled, credit(1)])(
    'refuses $type of an order that nobody placed',
    (command) => given().when(command).refuses('ordering.order-not-found'),
  );

  it('takes a workflow’s word once, whoever said it before', () => {
    given(...after())
      .when(ensureConfirmed)
      .emits({ type: 'ordering.OrderConfirmed' });
    for (const history of [[confirm], [confirm, ship('p')], [confirm, ship('p'), deliver]]) {
      given(...after(...history))
        .when(ensureConfirmed)
        .emitsNothing();
    }
    given(...after())
      .when(ensureCancelled)
      .emits({ type: 'ordering.OrderCancelled', data: expect.objectContaining({ reason: 'payment.declined' }) });
    given(...after(cancel))
      .when(ensureCancelled)
      .emitsNothing();
  });

  it.each([
    ['confirmed', { type: 'ConfirmOrder', data: { orderId, awaits: 'authorise-payment' } }, []],
    ['sent off', { type: 'ShipOrder', data: { orderId, parcelId: 'p', lines: null, awaits: 'authorise-payment' } }, [confirm]],
  ] as const)('is not %s while its workflow has still to secure it', (_, command, history) =>
    given(...after(...history))
      .when(command)
      .refuses('ordering.order-not-secured'),
  );

  it('is refused for what it is before it is refused for what it lacks', () => {
    const unsecured: OrderCommand = { type: 'ConfirmOrder', data: { orderId, awaits: 'reserve-stock' } };
    for (const history of [[confirm], [cancel]])
      given(...after(...history))
        .when(unsecured)
        .refuses('ordering.order-not-confirmable');
  });

  it('is cancelled with the amounts that this reverses', () => {
    const reversed = { total: '20.06', goodsTotal: '15.11', units: 3, country: 'France', customerId: 'c-1' };
    given(...after(confirm))
      .when(cancel)
      .emits({ type: 'ordering.OrderCancelled', version: 2, data: expect.objectContaining(reversed) });
    given(...after(cancel)).becomes({ status: 'cancelled', cancellation: 'changed my mind' });
  });

  describe('in parcels', () => {
    it('is shipped in part, and whole with the last', () => {
      given(...after(confirm))
        .when(ship('p', [A(1), A(1)]))
        .emits({ data: expect.objectContaining({ lines: [A(2)], complete: false }) });
      given(...after(confirm, ship('p', [A(1)]))).becomes({ status: 'partially-shipped', parcels: [{ parcelId: 'p', lines: [A(1)] }] });
      given(...after(confirm, ship('p', [A(1)])))
        .when(ship('q'))
        .emits({ data: expect.objectContaining({ lines: [A(1), B(1)], complete: true }) });
      given(...after(confirm, ship('p', [A(1)]), ship('q', [A(1), B(1)]))).becomes({ status: 'shipped' });
    });

    it('never ships more than was ordered, nor what is no goods', () => {
      given(...after(confirm))
        .when(ship('p', [A(2), A(1)]))
        .refuses('ordering.shipment-exceeds-order');
      given(...after(confirm, ship('p', [A(1)])))
        .when(ship('q', [A(2)]))
        .refuses('ordering.shipment-exceeds-order');
      given(...after(confirm))
        .when(ship('p', [{ sku: 'SHIPPING', quantity: 1 }]))
        .refuses('ordering.shipment-exceeds-order');
    });

    it('ships a parcel once', () =>
      given(...after(confirm, ship('p', [A(1)])))
        .when(ship('p', [A(1)]))
        .refuses('ordering.parcel-exists'));

    it('has shipped whole where it did so before parcels were told apart', () => {
      const whole: OrderEvent = { type: 'ordering.OrderShipped', version: 2, data: { orderId, parcelId: 'whole', lines: null, complete: true } };
      given(...after(confirm), whole).becomes({ status: 'shipped' });
      given(...after(confirm), whole)
        .when(credit(2))
        .emits({ data: expect.objectContaining({ units: 2 }) });
    });
  });

  describe('credited', () => {
    it('is so by quantity, at the price that it was sold at', () => {
      given(...after(confirm, ship('p')))
        .when(credit(1))
        .emits({ type: 'ordering.CreditNoteRecorded', version: 2, data: expect.objectContaining({ total: '2.555', units: 1, orderId }) });
    });

    it('is never so beyond what shipped', () => {
      given(...after(confirm, ship('p'), credit(2)))
        .when(credit(1))
        .refuses('ordering.credit-exceeds-order');
      given(...after(confirm, ship('p')))
        .when(credit(3))
        .refuses('ordering.credit-exceeds-order');
      given(...after(confirm, ship('p')))
        .when(credit(1, 'SHIPPING'))
        .refuses('ordering.credit-exceeds-order');
      given(...after(confirm, ship('p', [A(1)])))
        .when(credit(2))
        .refuses('ordering.credit-exceeds-order');
    });

    it('tells a SKU’s prices apart', () => {
      const twice = [lines[0]!, { ...lines[0]!, unitPrice: '3.00' }];
      const { events } = play(order, [{ type: 'PlaceOrder', data: { ...newOrder, lines: twice } }, confirm, ship('p'), credit(3)]);
      given(...events)
        .when(credit(1))
        .emits({ data: expect.objectContaining({ total: '3.00' }) });
    });
  });
});
