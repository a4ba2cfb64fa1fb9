import type { RefusedCommand } from '@kernel/saga.js';
import type { FulfilmentCommand } from './fulfilment-plan.js';
import type { FulfilmentStep } from './fulfilment-standing.js';
import { moveRemainder, releasedByHand } from './fulfilment-remainder.js';
import { from, restOf, undone, withoutStaleRest, type Fulfilment } from './fulfilment.js';

type After = (state: Fulfilment, refused: RefusedCommand['data']) => Fulfilment;

const refusals: { readonly [Name in FulfilmentCommand['name']]: After } = {
  ReserveStock: (state, { code }) => withoutStock(state, code),
  AuthorisePayment: (state, { code }) => (state.payment === 'asked' ? unpaid({ ...state, payment: 'declined' }, code) : state),
  // It is confirmed, has shipped or was cancelled meanwhile: what it is now, its own event tells.
  ConfirmOrder: (state) => state,
  // It is on its way to the customer: what is still lacking has to be got, no longer to be given back.
  CancelOrder: (state) => (state.order === 'cancelled' ? state : { ...state, undo: null, irrevocable: true }),
  ShipStock: (state, { commandId }) =>
    withoutStaleRest({
      ...state,
      parcels: state.parcels.map((parcel) => (parcel.command === commandId ? { ...parcel, refused: true } : parcel)),
    }),
  CapturePayment: (state) => ({ ...state, payment: from(state.payment, { capturing: 'uncapturable' }) }),
  VoidPayment: (state) => ({ ...state, payment: from(state.payment, { voiding: 'unvoidable' }) }),
  // An order that is cancelled has no remainder.
  RefundPayment: (state) => moveRemainder({ ...state, payment: from(state.payment, { refunding: 'unrefundable' }) }, 'refund', { asked: 'refused' }),
  // It is only told.
  RecordPaidElsewhere: (state) => state,
  ReleaseStock: (state) => moveRemainder({ ...state, stock: from(state.stock, { releasing: 'unreleasable' }) }, 'release', { asked: 'refused' }),
};

/** A refusal counts for as long as its answer is awaited; what has been overtaken by a fact needs none. */
export const afterRefusal: After = (state, refused) => (refusals as Partial<Record<string, After>>)[refused.command]?.(state, refused) ?? state;

/** None of the goods is set apart: the reservation was refused, or came after its own release. */
export function withoutStock(state: Fulfilment, code: string): Fulfilment {
  const stock = from(state.stock, { asked: 'refused', releasing: 'refused', unreleasable: 'refused' });
  return stock === 'refused' ? undone({ ...state, stock }, code) : state;
}

/** Money that the provider does not set apart, or no longer, is no reason to give up an order that is paid in another way. */
export const unpaid = (state: Fulfilment, reason: string): Fulfilment => (state.paidElsewhere ? state : undone(state, reason));

/**
 * What an operator vouches for by skipping a step. Facts that come after all still count: a late authorisation is voided, a late reservation
 * shipped from or released. What only the order or people can do is never skipped.
 */
const skips: { readonly [Step in FulfilmentStep]?: (state: Fulfilment) => Fulfilment } = {
  /** The goods are seen to by hand: the saga books none of them. */
  'reserve-stock': (state) => ({ ...state, stock: 'vouched' }),
  /** It was or will be paid in another way. */
  'authorise-payment': (state) => ({ ...state, paidElsewhere: true }),
  /** The goods have left the house: what is reserved for them is booked out once all of the order has. If even that was refused, it is seen to by hand. */
  'ship-stock': (state) => {
    const rest = state.parcels.find(({ parcelId }) => parcelId === restOf(state.orderId));
    if (rest && !rest.refused) return state;
    return { ...state, stock: rest ? 'vouched' : state.stock, parcels: [] };
  },
  /** The money came in another way, or is written off. */
  'capture-payment': (state) => ({ ...state, paidElsewhere: true }),
  /** The provider holds nothing of it any more. */
  'void-payment': (state) => ({ ...state, payment: 'voided' }),
  /** The customer has the money back. */
  'refund-payment': (state) =>
    paysRemainderBack(state) ? moveRemainder(state, 'refund', { due: 'done', asked: 'done', refused: 'done' }) : { ...state, payment: 'refunded' },
  /** Nothing of it is reserved any more. */
  'release-stock': (state) => (state.remainder ? releasedByHand(state, state.remainder) : { ...state, stock: 'released' }),
};

const paysRemainderBack = ({ remainder, paidElsewhere }: Fulfilment): boolean => remainder !== null && !paidElsewhere;

export const afterSkip = (state: Fulfilment, step: FulfilmentStep): Fulfilment => skips[step]?.(state) ?? state;

/** Undoes as the deadline does; what was refused while undoing is asked again. */
export const afterWordToUndo = (state: Fulfilment, reason: string): Fulfilment =>
  state.order === 'cancelled' ? afterWordToRetry(state) : undone(state, reason);

/** Forgets refusals, so that what was refused is lacking as if nobody had asked for it yet. */
export const afterWordToRetry = (state: Fulfilment): Fulfilment => ({
  ...moveRemainder(moveRemainder(state, 'release', { refused: 'due' }), 'refund', { refused: 'due' }),
  payment: from(state.payment, { uncapturable: 'authorised', unvoidable: 'authorised', unrefundable: 'captured' }),
  stock: from(state.stock, { unreleasable: 'held' }),
  parcels: state.parcels.map((parcel) => (parcel.refused ? { ...parcel, command: null, refused: false } : parcel)),
});
