import { decider, type DomainCommand } from '@kernel/decider.js';
import { ensure, ensureValid, Refusal } from '@kernel/refusal.js';
import type {
  Channel,
  CreditNoteRecorded,
  OrderCancelled,
  OrderConfirmed,
  OrderDelivered,
  OrderLine,
  OrderPlaced,
  OrderShipped,
} from '../contract/events.js';
import { leave, take, totalsOf, withTotals, type PricedLine } from './lines.js';

export type OrderStatus = 'placed' | 'confirmed' | 'shipped' | 'delivered' | 'cancelled';

/** What is known of an order that exists. */
export interface PlacedOrder {
  readonly status: OrderStatus;
  readonly channel: Channel;
  readonly customerId: string | null;
  readonly country: string;
  readonly currency: string;
  readonly placedAt: string;
  readonly lines: readonly OrderLine[];
  readonly units: number;
  readonly total: string;
  /** Lines not credited yet. */
  readonly creditable: readonly OrderLine[];
}
export type Order = { readonly status: 'none' } | PlacedOrder;

interface NewOrder {
  readonly orderId: string;
  readonly customerId: string | null;
  readonly country: string;
  readonly currency: string;
  readonly placedAt: string;
  readonly lines: readonly PricedLine[];
}
interface Existing {
  readonly orderId: string;
}

export type OrderCommand =
  | DomainCommand<'PlaceOrder', NewOrder>
  | DomainCommand<'ImportOrder', NewOrder>
  | DomainCommand<'ConfirmOrder', Existing>
  | DomainCommand<'ShipOrder', Existing>
  | DomainCommand<'DeliverOrder', Existing>
  | DomainCommand<'CancelOrder', Existing & { readonly reason: string }>
  | DomainCommand<
      'CreditOrder',
      Existing & { readonly creditNoteId: string; readonly reason: string; readonly lines: readonly { sku: string; quantity: number }[] }
    >;

export type OrderEvent = OrderPlaced | OrderConfirmed | OrderShipped | OrderDelivered | OrderCancelled | CreditNoteRecorded;

const cancellable: ReadonlySet<string> = new Set(['placed', 'confirmed']);
const creditable: ReadonlySet<string> = new Set(['shipped', 'delivered']);

/** An order from placement to delivery, and what is credited of it afterwards. */
export const order = decider<Order, OrderCommand, OrderEvent>({
  initial: { status: 'none' },
  decide: {
    PlaceOrder: (command, state) => [placed(command, 'web', state)],
    // History: the order was long delivered when it is recorded, and nothing in it starts a workflow.
    ImportOrder: (command, state) => {
      const at = { occurredAt: command.placedAt };
      return [
        placed(command, 'import', state),
        { type: 'ordering.OrderConfirmed', version: 1, data: { orderId: command.orderId }, ...at },
        { type: 'ordering.OrderDelivered', version: 1, data: { orderId: command.orderId }, ...at },
      ];
    },
    ConfirmOrder: ({ orderId }, state) => {
      ensure(exists(state).status === 'placed', 'ordering.order-not-confirmable', 'Only a placed order can be confirmed', {
        orderStatus: state.status,
      });
      return [{ type: 'ordering.OrderConfirmed', version: 1, data: { orderId } }];
    },
    ShipOrder: ({ orderId }, state) => {
      ensure(exists(state).status === 'confirmed', 'ordering.order-not-shippable', 'Only a confirmed order can be shipped', {
        orderStatus: state.status,
      });
      return [{ type: 'ordering.OrderShipped', version: 1, data: { orderId } }];
    },
    DeliverOrder: ({ orderId }, state) => {
      ensure(exists(state).status === 'shipped', 'ordering.order-not-deliverable', 'Only a shipped order can be delivered', {
        orderStatus: state.status,
      });
      return [{ type: 'ordering.OrderDelivered', version: 1, data: { orderId } }];
    },
    CancelOrder: ({ orderId, reason }, state) => {
      const { customerId, country, currency, lines, units, total, status } = exists(state);
      ensure(cancellable.has(status), 'ordering.order-not-cancellable', 'An order can be cancelled until it ships', { orderStatus: status });
      const data = { orderId, reason, customerId, country, currency, lines: [...lines], units, total };
      return [{ type: 'ordering.OrderCancelled', version: 1, data }];
    },
    CreditOrder: (command, state) => {
      const { status, channel, customerId, country, currency, creditable: left } = exists(state);
      ensure(creditable.has(status), 'ordering.order-not-creditable', 'Only what has shipped can be credited; cancel the order instead', {
        orderStatus: status,
      });
      const lines = take(command.lines, left);
      const { creditNoteId, orderId, reason } = command;
      const data = { creditNoteId, orderId, channel, reason, customerId, country, currency, lines, ...totalsOf(lines) };
      return [{ type: 'ordering.CreditNoteRecorded', version: 1, data }];
    },
  },
  evolve: {
    'ordering.OrderPlaced': (_, { channel, customerId, country, currency, placedAt, lines, units, total }) => ({
      status: 'placed',
      channel,
      customerId,
      country,
      currency,
      placedAt,
      lines,
      units,
      total,
      creditable: lines,
    }),
    'ordering.OrderConfirmed': (state) => ({ ...exists(state), status: 'confirmed' }),
    'ordering.OrderShipped': (state) => ({ ...exists(state), status: 'shipped' }),
    'ordering.OrderDelivered': (state) => ({ ...exists(state), status: 'delivered' }),
    'ordering.OrderCancelled': (state) => ({ ...exists(state), status: 'cancelled' }),
    'ordering.CreditNoteRecorded': (state, { lines }) => {
      const known = exists(state);
      return { ...known, creditable: leave(known.creditable, lines) };
    },
  },
});

function placed(command: NewOrder, channel: Channel, state: Order): OrderPlaced {
  ensure(state.status === 'none', 'ordering.order-exists', 'An order with this id exists', { orderId: command.orderId });
  ensureValid(command.lines.length > 0, 'ordering.order-empty', 'An order needs at least one line');
  const { orderId, customerId, country, currency, placedAt } = command;
  const lines = withTotals(command.lines);
  const data = { orderId, channel, placedAt, customerId, country, currency, lines, ...totalsOf(lines) };
  return { type: 'ordering.OrderPlaced', version: 1, data, occurredAt: placedAt };
}

function exists(state: Order): PlacedOrder {
  if (state.status === 'none') throw new Refusal('ordering.order-not-found', 'not-found', 'There is no such order');
  return state;
}
