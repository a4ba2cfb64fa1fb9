import { play, specOf } from '@testing/given.js';
import { fromUnits, sum, toUnits } from '@kernel/money.js';
import fc from 'fast-check';
import { order, type OrderCommand, type OrderEvent, type PlacedOrder } from './order.js';

const given = specOf(order);
const orderId = 'o-1';
const placedAt = '2026-11-21T10:00:00.000Z';
const lines = [
  { sku: 'A', name: 'Lamp', category: 'Lighting', quantity: 2, unitPrice: '2.555' },
  { sku: 'B', name: 'Bag', category: 'Bags', quantity: 1, unitPrice: '10' },
];
const newOrder = { orderId, customerId: 'c-1', country: 'France', currency: 'GBP', placedAt, lines };
const place: OrderCommand = { type: 'PlaceOrder', data: newOrder };
const importOrder: OrderCommand = { type: 'ImportOrder', data: newOrder };
const confirm: OrderCommand = { type: 'ConfirmOrder', data: { orderId } };
const ship: OrderCommand = { type: 'ShipOrder', data: { orderId } };
const deliver: OrderCommand = { type: 'DeliverOrder', data: { orderId } };
const cancel: OrderCommand = { type: 'CancelOrder', data: { orderId, reason: 'changed my mind' } };
const credit = (quantity: number, sku = 'A'): OrderCommand => ({
  type: 'CreditOrder',
  data: { orderId, creditNoteId: 'n-1', reason: 'broken', lines: [{ sku, quantity }] },
});

const [placed] = play(order, [place]).events as [OrderEvent];
const confirmed: OrderEvent = { type: 'ordering.OrderConfirmed', version: 1, data: { orderId } };
const shipped: OrderEvent = { type: 'ordering.OrderShipped', version: 1, data: { orderId } };
const delivered: OrderEvent = { type: 'ordering.OrderDelivered', version: 1, data: { orderId } };
const [cancelled] = play(order, [place, cancel]).events.slice(1) as [OrderEvent];

describe('an order', () => {
  it('is placed with exact line totals, units and total', () => {
    given()
      .when(place)
      .emits({ type: 'ordering.OrderPlaced', occurredAt: placedAt, data: expect.objectContaining({ channel: 'web', units: 3, total: '15.11' }) });
  });

  it('is placed once', () => given(placed).when(place).refuses('ordering.order-exists'));
  it('needs a line', () =>
    given()
      .when({ type: 'PlaceOrder', data: { ...newOrder, lines: [] } })
      .refuses('ordering.order-empty'));

  it('is no larger than what can be counted exactly', () => {
    const huge = (quantity: number, unitPrice: string): OrderCommand => ({
      type: 'PlaceOrder',
      data: { ...newOrder, lines: [{ ...lines[0]!, quantity, unitPrice }] },
    });
    given().when(huge(1_000_000, '99999999999999')).refuses('ordering.amount-too-large');
    given().when(huge(2_000_000_001, '0.01')).refuses('ordering.units-too-many');
  });

  it('is imported confirmed and delivered, at its own time', () => {
    given()
      .when(importOrder)
      .emits(
        { type: 'ordering.OrderPlaced', occurredAt: placedAt, data: expect.objectContaining({ channel: 'import' }) },
        { type: 'ordering.OrderConfirmed', occurredAt: placedAt },
        { type: 'ordering.OrderDelivered', occurredAt: placedAt },
      );
  });

  it('is confirmed, shipped and delivered in this order', () => {
    given(placed).when(confirm).emits(confirmed);
    given(placed, confirmed).when(ship).emits(shipped);
    given(placed, confirmed, shipped).when(deliver).emits(delivered);
  });

  it.each([
    ['confirm', confirm, 'ordering.order-not-confirmable', [placed, confirmed]],
    ['ship', ship, 'ordering.order-not-shippable', [placed]],
    ['deliver', deliver, 'ordering.order-not-deliverable', [placed, confirmed]],
    ['cancel', cancel, 'ordering.order-not-cancellable', [placed, confirmed, shipped]],
    ['cancel twice', cancel, 'ordering.order-not-cancellable', [placed, cancelled]],
    ['credit before it ships', credit(1), 'ordering.order-not-creditable', [placed, confirmed]],
  ] as const)('refuses to %s where its state forbids it', (_, command, code, history) =>
    given(...history)
      .when(command)
      .refuses(code),
  );

  it.each([confirm, ship, deliver, cancel, credit(1)])('refuses $type of an order that nobody placed', (command) =>
    given().when(command).refuses('ordering.order-not-found'),
  );

  it('is cancelled with the amounts that this reverses', () => {
    given(placed, confirmed)
      .when(cancel)
      .emits({ type: 'ordering.OrderCancelled', data: expect.objectContaining({ total: '15.11', units: 3, country: 'France', customerId: 'c-1' }) });
  });

  it('is credited by quantity, at the price that it was sold at', () => {
    given(placed, confirmed, shipped)
      .when(credit(1))
      .emits({ type: 'ordering.CreditNoteRecorded', data: expect.objectContaining({ total: '2.555', units: 1, orderId }) });
  });

  it('is never credited beyond what was sold', () => {
    const [once] = play(order, [place, confirm, ship, credit(2)]).events.slice(3) as [OrderEvent];
    given(placed, confirmed, shipped, once).when(credit(1)).refuses('ordering.credit-exceeds-order');
    given(placed, confirmed, shipped).when(credit(3)).refuses('ordering.credit-exceeds-order');
    given(placed, confirmed, shipped).when(credit(1, 'C')).refuses('ordering.credit-exceeds-order');
  });

  describe('whatever is asked of it, in whatever order', () => {
    const line = fc.record({
      sku: fc.constantFrom('A', 'B', 'C'),
      name: fc.constant('x'),
      category: fc.constant('y'),
      quantity: fc.integer({ min: 1, max: 50 }),
      unitPrice: fc.bigInt(0n, 9_999_999n).map(fromUnits),
    });
    const start = fc
      .array(line, { minLength: 1, maxLength: 5 })
      .map((some): OrderCommand => ({ type: 'PlaceOrder', data: { ...newOrder, lines: some } }));
    const later = fc.oneof(
      fc.constantFrom(confirm, ship, deliver, cancel),
      fc.tuple(fc.integer({ min: 1, max: 30 }), fc.constantFrom('A', 'B', 'C')).map(([quantity, sku]) => credit(quantity, sku)),
    );

    it('credits never exceed what was sold, and a cancellation reverses all of it', () => {
      fc.assert(
        fc.property(start, fc.array(later, { maxLength: 25 }), (first, rest) => {
          const { events, state } = play(order, [first, ...rest]);
          const { total, creditable, status } = state as PlacedOrder;
          const amounts = (type: string) => events.filter((event) => event.type === type).map((event) => (event.data as { total: string }).total);
          const credits = sum(amounts('ordering.CreditNoteRecorded'));
          expect(sum([credits, ...creditable.map((left) => left.lineTotal)])).toBe(total);
          expect(toUnits(credits) <= toUnits(total)).toBe(true);
          expect(amounts('ordering.OrderCancelled')).toEqual(status === 'cancelled' ? [total] : []);
        }),
      );
    });
  });
});
