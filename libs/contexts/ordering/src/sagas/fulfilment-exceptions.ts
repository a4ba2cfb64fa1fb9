import type { RefusedCommand } from '@kernel/saga.js';
import type { FulfilmentCommand } from './fulfilment-plan.js';
import type { FulfilmentStep } from './fulfilment-standing.js';
import { from, undone, type Fulfilment } from './fulfilment.js';

type After = (state: Fulfilment, refused: RefusedCommand['data']) => Fulfilment;

const refusals: { readonly [Name in FulfilmentCommand['name']]: After } = {
  ReserveStock: (state, { code }) => withoutStock(state, code),
  AuthorisePayment: (state, { code }) => (state.payment === 'asked' ? undone({ ...state, payment: 'declined' }, code) : state),
  // It is confirmed, has shipped or was cancelled meanwhile: what it is now, its own event tells.
  ConfirmOrder: (state) => state,
  // It is on its way to the customer: what is still lacking has to be got, no longer to be given back.
  CancelOrder: (state) => (state.order === 'cancelled' ? state : { ...state, undo: null, irrevocable: true }),
  ShipStock: (state, { commandId }) => ({
    ...state,
    parcels: state.parcels.map((parcel) => (parcel.command === commandId ? { ...parcel, refused: true } : parcel)),
  }),
  CapturePayment: (state) => ({ ...state, payment: from(state.payment, { capturing: 'uncapturable' }) }),
  VoidPayment: (state) => ({ ...state, payment: from(state.payment, { voiding: 'unvoidable' }) }),
  RefundPayment: (state) => ({ ...state, payment: from(state.payment, { refunding: 'unrefundable' }) }),
  ReleaseStock: (state) => ({ ...state, stock: from(state.stock, { releasing: 'unreleasable' }) }),
};

/** A refusal counts for as long as its answer is awaited; what has been overtaken by a fact needs none. */
export const afterRefusal: After = (state, refused) => (refusals as Partial<Record<string, After>>)[refused.command]?.(state, refused) ?? state;

/** None of the goods is set apart: the reservation was refused, or came after its own release. */
export function withoutStock(state: Fulfilment, code: string): Fulfilment {
  const stock = from(state.stock, { asked: 'refused', releasing: 'refused', unreleasable: 'refused' });
  return stock === 'refused' ? undone({ ...state, stock }, code) : state;
}

/**
 * What an operator vouches for by skipping a step. Facts that come after all still count: a late authorisation is captured or voided, a late
 * reservation shipped from or released. What only the order or people can do is never skipped.
 */
const skips: { readonly [Step in FulfilmentStep]?: (state: Fulfilment) => Fulfilment } = {
  /** The goods are seen to by hand: the saga books none of them. */
  'reserve-stock': (state) => ({ ...state, stock: 'vouched' }),
  /** It was or will be paid in another way. */
  'authorise-payment': (state) => ({ ...state, payment: 'vouched' }),
  /** The parcels were booked out of stock by hand, the reservation included. */
  'ship-stock': (state) => ({ ...state, stock: 'vouched', parcels: [] }),
  /** The money came in another way, or is written off. */
  'capture-payment': (state) => ({ ...state, payment: 'vouched' }),
  /** The provider holds nothing of it any more. */
  'void-payment': (state) => ({ ...state, payment: 'voided' }),
  /** The customer has the money back. */
  'refund-payment': (state) => ({ ...state, payment: 'refunded' }),
  /** Nothing of it is reserved any more. */
  'release-stock': (state) => ({ ...state, stock: 'released' }),
};

export const afterSkip = (state: Fulfilment, step: FulfilmentStep): Fulfilment => skips[step]?.(state) ?? state;

/** Undoes as the deadline does; what was refused while undoing is asked again. */
export const afterWordToUndo = (state: Fulfilment, reason: string): Fulfilment =>
  state.order === 'cancelled' ? afterWordToRetry(state) : undone(state, reason);

/** Forgets refusals, so that what was refused is lacking as if nobody had asked for it yet. */
export const afterWordToRetry = (state: Fulfilment): Fulfilment => ({
  ...state,
  payment: from(state.payment, { uncapturable: 'authorised', unvoidable: 'authorised', unrefundable: 'captured' }),
  stock: from(state.stock, { unreleasable: 'held' }),
  parcels: state.parcels.map((parcel) => (parcel.refused ? { ...parcel, command: null, refused: false } : parcel)),
});
