import { decider } from '@kernel/decider.js';
import { fromUnits } from '@kernel/money.js';
import { ensure, ensureValid } from '@kernel/refusal.js';
import type { OrderCancelled, OrderConfirmed, OrderPlaced, OrderShipped } from '../contract/events.js';
import { ensureWithin, goodsOf, ship, unshipped } from './goods.js';
import { isGoods, merged, totalsOf, unitsOf, withTotals } from './lines.js';
import { exists, type CommandData, type NewOrder, type Order, type OrderCommand, type OrderEvent, type PlacedOrder } from './order-state.js';
import { cancelRemainder, onRemainderCancelled } from './remainder.js';
import * as returns from './returns.js';

export type { Order, OrderCommand, OrderEvent, PlacedOrder } from './order-state.js';

/** What there is to do about an order that can no longer be cancelled. */
const tooLateToCancel: ReadonlyMap<PlacedOrder['status'], string> = new Map([
  ['cancelled', 'The order is cancelled already'],
  ['partially-shipped', 'A part of the order has shipped: cancel its remainder, or let it arrive and return it'],
  ['shipped', 'The order has shipped: return it instead'],
  ['delivered', 'The order is delivered: return it instead'],
]);
const shippable: ReadonlySet<string> = new Set(['confirmed', 'partially-shipped']);
const neverConfirmed: ReadonlySet<string> = new Set(['placed', 'cancelled']);

/** An order from placement to delivery, and what comes back of it afterwards. */
export const order = decider<Order, OrderCommand, OrderEvent>({
  initial: { status: 'none' },
  decide: {
    PlaceOrder: (command, state) => [placed(command, 'web', command.payment, state)],
    // History: the order was long delivered when it is recorded, and nothing in it starts a workflow.
    ImportOrder: (command, state) => {
      const at = { occurredAt: command.placedAt };
      return [
        placed(command, 'import', null, state),
        { type: 'ordering.OrderConfirmed', version: 1, data: { orderId: command.orderId }, ...at },
        { type: 'ordering.OrderDelivered', version: 1, data: { orderId: command.orderId }, ...at },
      ];
    },
    ConfirmOrder: (command, state) => {
      const confirmed = confirm(command, state);
      ensureSecured(command);
      return confirmed;
    },
    EnsureConfirmed: (command, state) => (neverConfirmed.has(exists(state).status) ? confirm(command, state) : []),
    ShipOrder: shipParcel,
    DeliverOrder: ({ orderId }, state) => {
      ensure(exists(state).status === 'shipped', 'ordering.order-not-deliverable', 'Only an order that has shipped whole can be delivered', {
        orderStatus: state.status,
      });
      return [{ type: 'ordering.OrderDelivered', version: 1, data: { orderId } }];
    },
    CancelOrder: cancel,
    EnsureCancelled: (command, state) => (exists(state).status === 'cancelled' ? [] : cancel(command, state)),
    CancelRemainder: cancelRemainder,
    CreditOrder: returns.credit,
    RequestReturn: returns.requestReturn,
    ReceiveReturn: returns.receiveReturn,
    RejectReturn: returns.rejectReturn,
    CreditReturn: returns.creditReturn,
  },
  evolve: {
    'ordering.OrderPlaced': (_, { channel, customerId, country, currency, placedAt, payment, lines, units, goodsTotal, total }) => ({
      status: 'placed',
      channel,
      customerId,
      country,
      currency,
      placedAt,
      payment,
      lines,
      units,
      goodsTotal,
      total,
      goods: goodsOf(lines),
      parcels: [],
      returns: [],
      taxBack: fromUnits(0n),
      cancellation: null,
    }),
    'ordering.OrderConfirmed': (state) => ({ ...exists(state), status: 'confirmed' }),
    'ordering.OrderShipped': (state, { parcelId, lines, complete }) => {
      const known = exists(state);
      const parcels = [...known.parcels, { parcelId, lines }];
      return { ...known, status: complete ? 'shipped' : 'partially-shipped', goods: ship(known.goods, lines), parcels };
    },
    // An order of a past system is delivered without having been seen to ship.
    'ordering.OrderDelivered': (state) => {
      const known = exists(state);
      return { ...known, status: 'delivered', goods: ship(known.goods, null) };
    },
    'ordering.OrderCancelled': (state, { reason }) => ({ ...exists(state), status: 'cancelled', cancellation: reason }),
    'ordering.OrderRemainderCancelled': (state, data) => onRemainderCancelled(exists(state), data),
    'ordering.CreditNoteRecorded': (state, data) => returns.onCredited(exists(state), data),
    'ordering.ReturnRequested': (state, data) => returns.onReturnRequested(exists(state), data),
    'ordering.ReturnReceived': (state, data) => returns.onReturnReceived(exists(state), data),
    'ordering.ReturnRejected': (state, data) => returns.onReturnRejected(exists(state), data),
  },
});

function placed(command: NewOrder, channel: 'web' | 'import', payment: PlacedOrder['payment'], state: Order): OrderPlaced {
  ensure(state.status === 'none', 'ordering.order-exists', 'An order with this id exists', { orderId: command.orderId });
  ensureValid(command.lines.some(isGoods), 'ordering.order-empty', 'An order needs at least one line of goods');
  const { orderId, customerId, country, currency, placedAt } = command;
  const lines = withTotals(command.lines);
  const data = { orderId, channel, placedAt, payment, customerId, country, currency, lines, ...totalsOf(lines) };
  return { type: 'ordering.OrderPlaced', version: 2, data, occurredAt: placedAt };
}

function confirm({ orderId }: CommandData<'EnsureConfirmed'>, state: Order): OrderConfirmed[] {
  ensure(exists(state).status === 'placed', 'ordering.order-not-confirmable', 'Only a placed order can be confirmed', { orderStatus: state.status });
  return [{ type: 'ordering.OrderConfirmed', version: 1, data: { orderId } }];
}

function shipParcel(command: CommandData<'ShipOrder'>, state: Order): OrderShipped[] {
  const { orderId, parcelId, lines } = command;
  const { status, parcels, goods } = exists(state);
  ensure(shippable.has(status), 'ordering.order-not-shippable', 'Only a confirmed order can be shipped', { orderStatus: status });
  ensureSecured(command);
  ensure(!parcels.some((parcel) => parcel.parcelId === parcelId), 'ordering.parcel-exists', 'The order has a parcel with this id', { parcelId });
  const left = unshipped(goods);
  const inside = lines === null ? left : merged(lines);
  ensureWithin(inside, left, 'ordering.shipment-exceeds-order');
  const complete = unitsOf(inside) === unitsOf(left);
  return [{ type: 'ordering.OrderShipped', version: 2, data: { orderId, parcelId, lines: inside, complete } }];
}

/** Goods that are not reserved would be sold twice, and goods that are not paid for given away: what has not happened yet nobody can confirm. */
function ensureSecured({ orderId, awaits }: CommandData<'ConfirmOrder'>): void {
  ensure(
    awaits === null,
    'ordering.order-not-secured',
    `The workflow of the order is still at ${awaits}: wait for it, or have an operator retry, skip or compensate it (/admin/sagas/fulfilment/${orderId})`,
    { orderId, awaits },
  );
}

function cancel({ orderId, reason }: CommandData<'CancelOrder'>, state: Order): OrderCancelled[] {
  const { status, customerId, country, currency, lines, units, goodsTotal, total } = exists(state);
  const tooLate = tooLateToCancel.get(status);
  ensure(tooLate === undefined, 'ordering.order-not-cancellable', tooLate ?? '', { orderStatus: status });
  const data = { orderId, reason, customerId, country, currency, lines: [...lines], units, goodsTotal, total };
  return [{ type: 'ordering.OrderCancelled', version: 2, data }];
}
