import { unitsOf, type Quantity } from '../domain/lines.js';

/** What is to be paid, and with what. */
export interface Charge {
  readonly amount: string;
  readonly currency: string;
  readonly token: string;
}

/** A parcel that left with the carrier and is still to be booked out of stock. */
export interface Parcel {
  readonly parcelId: string;
  readonly lines: readonly Quantity[];
  /** The command that asked stock to book it out; null until then. */
  readonly command: string | null;
  readonly refused: boolean;
}

/** Where the order stands, as its own events tell; `confirming` once the saga has asked for its confirmation. */
export type OrderPart = 'placed' | 'confirming' | 'confirmed' | 'shipping' | 'shipped' | 'cancelled';

/**
 * Where its goods stand. `un…able`: asked for, refused, an operator's business. `vouched`: an operator says that they are seen to outside of
 * this workflow.
 */
export type StockPart = 'due' | 'asked' | 'held' | 'refused' | 'shipped' | 'releasing' | 'unreleasable' | 'released' | 'vouched';

/** Where its money stands with the provider; `none` where there is nothing to pay, otherwise as {@link StockPart}. */
export type PaymentPart =
  | 'none'
  | 'due'
  | 'asked'
  | 'pending'
  | 'authorised'
  | 'declined'
  | 'capturing'
  | 'uncapturable'
  | 'captured'
  | 'voiding'
  | 'unvoidable'
  | 'voided'
  | 'refunding'
  | 'unrefundable'
  | 'refunded';

/** One thing to be done about a remainder. `refused`: an operator's business. `done` as well where there is nothing of it to do. */
export type RemainderPart = 'due' | 'asked' | 'refused' | 'done';

/** What of an order never goes out, and what it had cost. */
export interface Remainder {
  readonly goods: readonly Quantity[];
  readonly amount: string;
  readonly release: RemainderPart;
  readonly refund: RemainderPart;
}

export interface Fulfilment {
  readonly orderId: string;
  readonly goods: readonly Quantity[];
  readonly charge: Charge | null;
  /** By when goods and money have to be secured. */
  readonly deadline: string;
  readonly order: OrderPart;
  readonly stock: StockPart;
  readonly payment: PaymentPart;
  /** An operator vouches that it is paid in another way: the provider is to set apart nothing for it, and to keep nothing. */
  readonly paidElsewhere: boolean;
  /** Whether the payment was told so, which then refunds nothing but the whole. */
  readonly vouchTold: boolean;
  readonly parcels: readonly Parcel[];
  /** What its reservation still holds once it is made: all that no parcel was booked out with. */
  readonly unbooked: readonly Quantity[];
  /** Null unless a part of the order went out and the rest was cancelled. */
  readonly remainder: Remainder | null;
  /** Why the order is to be cancelled, and whether it was asked to be. The order alone decides whether it still can. */
  readonly undo: { readonly reason: string; readonly asked: boolean } | null;
  /** The order refused to be cancelled: it is on its way to the customer. */
  readonly irrevocable: boolean;
}

export const notBegun: Fulfilment = {
  orderId: '',
  goods: [],
  charge: null,
  deadline: '',
  order: 'placed',
  stock: 'due',
  payment: 'due',
  paidElsewhere: false,
  vouchTold: false,
  parcels: [],
  unbooked: [],
  remainder: null,
  undo: null,
  irrevocable: false,
};

const HELD: ReadonlySet<StockPart> = new Set(['held', 'shipped', 'vouched']);
const PAID: ReadonlySet<PaymentPart> = new Set(['none', 'authorised', 'capturing', 'uncapturable', 'captured']);

/** Money that is or may yet be set apart. A void makes sure of what was only asked for, whichever of the two is carried out first. */
export const VOIDABLE: ReadonlySet<PaymentPart> = new Set(['asked', 'pending', 'authorised', 'capturing', 'uncapturable']);
/** Goods that are or may yet be set apart. */
export const RELEASABLE: ReadonlySet<StockPart> = new Set(['asked', 'held', 'vouched']);

/** Goods set apart and money set apart: all that a confirmation needs, and all that the deadline waits for. */
export const secured = ({ stock, payment, paidElsewhere }: Fulfilment): boolean => HELD.has(stock) && (PAID.has(payment) || paidElsewhere);

export const left = ({ order }: Fulfilment): boolean => order === 'shipping' || order === 'shipped';

/** Makes cancelling the order the aim, unless that is decided already one way or the other. */
export const undone = (state: Fulfilment, reason: string): Fulfilment =>
  state.order === 'cancelled' || state.undo !== null || state.irrevocable || left(state) ? state : { ...state, undo: { reason, asked: false } };

/** The parcel under which stock books out what is reserved for no parcel any more; no parcel of people's can be called so. */
export const restOf = (orderId: string): string => `${orderId}:rest`;

/** A rest that was refused because a parcel that nobody waited for any more was booked out before it is another rest by now, and asked for anew. */
export function withoutStaleRest(state: Fulfilment): Fulfilment {
  const isStale = ({ parcelId, lines, refused }: Parcel): boolean =>
    parcelId === restOf(state.orderId) && refused && unitsOf(lines) !== unitsOf(state.unbooked);
  return { ...state, parcels: state.parcels.filter((parcel) => !isStale(parcel)) };
}

/** What is left of quantities, SKU by SKU, once others are gone. */
export function less(quantities: readonly Quantity[], gone: readonly Quantity[]): Quantity[] {
  const missing = new Map(gone.map(({ sku, quantity }) => [sku, quantity]));
  return quantities.map(({ sku, quantity }) => ({ sku, quantity: quantity - (missing.get(sku) ?? 0) })).filter(({ quantity }) => quantity > 0);
}

/** Moves on from the states that the row names; from any other, what was told changes nothing. */
export const from = <Part extends string>(part: Part, row: { readonly [Before in Part]?: Part }): Part => row[part] ?? part;
