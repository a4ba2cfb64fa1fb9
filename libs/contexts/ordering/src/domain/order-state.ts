import type { DomainCommand } from '@kernel/decider.js';
import { Refusal } from '@kernel/refusal.js';
import type {
  Channel,
  CreditNoteRecorded,
  OrderCancelled,
  OrderConfirmed,
  OrderDelivered,
  OrderLine,
  OrderPlaced,
  OrderRemainderCancelled,
  OrderShipped,
  ReturnReceived,
  ReturnRejected,
  ReturnRequested,
} from '../contract/events.js';
import type { GoodsLine } from './goods.js';
import type { PricedLine, Quantity } from './lines.js';

export const ORDER_STATUSES = ['placed', 'confirmed', 'partially-shipped', 'shipped', 'delivered', 'cancelled'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

export const RETURN_STATUSES = ['requested', 'received', 'rejected', 'credited'] as const;

/** `lines` are null where everything went out at once, before parcels were told apart. */
export interface Parcel {
  readonly parcelId: string;
  readonly lines: readonly Quantity[] | null;
}

/** Goods on their way back; its lines hold their share of the tax as well. */
export interface OrderReturn {
  readonly returnId: string;
  readonly status: (typeof RETURN_STATUSES)[number];
  readonly reason: string;
  readonly lines: readonly OrderLine[];
  readonly units: number;
  readonly goodsTotal: string;
  readonly total: string;
}

/** What is known of an order that exists. */
export interface PlacedOrder {
  readonly status: OrderStatus;
  readonly channel: Channel;
  readonly customerId: string | null;
  readonly country: string;
  readonly currency: string;
  readonly placedAt: string;
  /** What it is paid with; null where nothing is to be paid through this shop. */
  readonly payment: { readonly token: string } | null;
  readonly lines: readonly OrderLine[];
  readonly units: number;
  readonly goodsTotal: string;
  readonly total: string;
  readonly goods: readonly GoodsLine[];
  readonly parcels: readonly Parcel[];
  readonly returns: readonly OrderReturn[];
  /** Tax that credits gave back, and returns on their way will. */
  readonly taxBack: string;
  /** Why it was cancelled. */
  readonly cancellation: string | null;
}
export type Order = { readonly status: 'none' } | PlacedOrder;

interface Existing {
  readonly orderId: string;
}
interface ExistingReturn extends Existing {
  readonly returnId: string;
}
export interface NewOrder extends Existing {
  readonly customerId: string | null;
  readonly country: string;
  readonly currency: string;
  readonly placedAt: string;
  readonly lines: readonly PricedLine[];
}

/** What somebody wants done with an order that its workflow has to secure first. */
interface Secured extends Existing {
  /** The step by which the workflow still has to set goods or money apart, or undoes the order; null once both are set apart. */
  readonly awaits: string | null;
}

export type OrderCommand =
  | DomainCommand<'PlaceOrder', NewOrder & Pick<PlacedOrder, 'payment'>>
  | DomainCommand<'ImportOrder', NewOrder>
  | DomainCommand<'ConfirmOrder', Secured>
  /** As a workflow asks, that has secured the order: what is confirmed already stays so, without another event. */
  | DomainCommand<'EnsureConfirmed', Existing>
  /** One parcel; null lines are all that is left. */
  | DomainCommand<'ShipOrder', Secured & { readonly parcelId: string; readonly lines: readonly Quantity[] | null }>
  | DomainCommand<'DeliverOrder', Existing>
  | DomainCommand<'CancelOrder', Existing & { readonly reason: string }>
  /** As a workflow asks: what is cancelled already stays so, without another event. */
  | DomainCommand<'EnsureCancelled', Existing & { readonly reason: string }>
  /** What is left of an order of which a part went out never goes out any more. */
  | DomainCommand<'CancelRemainder', Existing & { readonly reason: string }>
  | DomainCommand<'CreditOrder', Existing & { readonly creditNoteId: string; readonly reason: string; readonly lines: readonly Quantity[] }>
  /** Null lines are all that shipped and is not on its way back. */
  | DomainCommand<'RequestReturn', ExistingReturn & { readonly reason: string; readonly lines: readonly Quantity[] | null }>
  | DomainCommand<'ReceiveReturn', ExistingReturn>
  | DomainCommand<'RejectReturn', ExistingReturn & { readonly reason: string }>
  /** Nothing where it is credited already. */
  | DomainCommand<'CreditReturn', ExistingReturn>;
export type CommandData<Type extends OrderCommand['type']> = Extract<OrderCommand, { type: Type }>['data'];

export type OrderEvent =
  | OrderPlaced
  | OrderConfirmed
  | OrderShipped
  | OrderDelivered
  | OrderCancelled
  | OrderRemainderCancelled
  | CreditNoteRecorded
  | ReturnRequested
  | ReturnReceived
  | ReturnRejected;

export const orderNotFound = (): Refusal => new Refusal('ordering.order-not-found', 'not-found', 'There is no such order');

/** @throws Refusal `ordering.order-not-found` */
export function exists(state: Order): PlacedOrder {
  if (state.status === 'none') throw orderNotFound();
  return state;
}
