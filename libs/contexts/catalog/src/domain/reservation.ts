import { decider, type DomainCommand } from '@kernel/decider.js';
import { ensure } from '@kernel/refusal.js';
import type { StockReservationMade, StockReservationRefused, StockReservationReleased, StockReservationShipped } from '../contract/events.js';
import { merged, without, type Line } from './lines.js';

/** What is set apart for one order. It guards the stock of its SKUs against doing anything twice. */
export interface Reservation {
  readonly status: 'none' | 'made' | 'refused' | 'released' | 'shipped';
  /** Whether it was said once if the goods can be had: a later question gets no second answer. */
  readonly answered: boolean;
  /** What is still set apart, one line for each SKU. */
  readonly held: readonly Line[];
  /** Parcels that took their part of it. */
  readonly parcels: readonly string[];
  /** Whether a part of it was given back that no parcel will take. */
  readonly reduced: boolean;
}

interface Shortage {
  readonly code: string;
  readonly sku: string;
  readonly wanted: number;
  readonly available: number;
}

export type ReservationCommand =
  | DomainCommand<'MakeReservation', { readonly orderId: string; readonly lines: readonly Line[]; readonly expiresAt: string }>
  | DomainCommand<'RefuseReservation', Shortage & { readonly orderId: string }>
  | DomainCommand<'ReleaseReservation', { readonly orderId: string; readonly reason: string }>
  /** Gives back a part of it, once. */
  | DomainCommand<'ReduceReservation', { readonly orderId: string; readonly lines: readonly Line[]; readonly reason: string }>
  | DomainCommand<'ShipReservation', { readonly orderId: string; readonly parcelId: string; readonly lines: readonly Line[] }>;

export type ReservationEvent = StockReservationMade | StockReservationRefused | StockReservationReleased | StockReservationShipped;

/**
 * An order's reservation. Commands of a workflow can come twice, and out of order where one is tried again later; what was done already makes no
 * event. Nothing here expires by itself: whoever asked for the reservation gives it back, so that one decider settles the race with a confirmation.
 */
export const reservation = decider<Reservation, ReservationCommand, ReservationEvent>({
  initial: { status: 'none', answered: false, held: [], parcels: [], reduced: false },
  decide: {
    MakeReservation: ({ orderId, lines, expiresAt }, { status, answered }) => {
      if (answered) return [];
      // It was given back before it was made: nobody would ever release it again, so its goods must not be set apart any more.
      ensure(status !== 'released', 'catalog.reservation-released', `What order ${orderId} asks for was given back already`, { orderId });
      return [{ type: 'catalog.StockReservationMade', version: 1, data: { orderId, lines: merged(lines), expiresAt } }];
    },
    RefuseReservation: ({ orderId, code, sku, wanted, available }, { answered }) =>
      answered ? [] : [{ type: 'catalog.StockReservationRefused', version: 1, data: { orderId, code, sku, wanted, available } }],
    // Also recorded where nothing is held, none made yet or refused: the caller gets its answer, and a reservation that is still on its way is refused.
    ReleaseReservation: ({ orderId, reason }, { status, held }) => {
      if (status === 'released') return [];
      ensure(status !== 'shipped', 'catalog.reservation-shipped', `All that order ${orderId} had reserved has left the house`, { orderId });
      return [{ type: 'catalog.StockReservationReleased', version: 1, data: { orderId, lines: [...held], reason } }];
    },
    ReduceReservation: ({ orderId, lines, reason }, { status, held, reduced }) => {
      if (reduced) return [];
      const part = merged(lines);
      ensureHolds(orderId, { status, held }, part);
      return [{ type: 'catalog.StockReservationReleased', version: 1, data: { orderId, lines: part, reason, remaining: without(held, part) } }];
    },
    ShipReservation: ({ orderId, parcelId, lines }, { status, held, parcels }) => {
      if (parcels.includes(parcelId)) return [];
      const parcel = merged(lines);
      ensureHolds(orderId, { status, held }, parcel);
      const data = { orderId, parcelId, lines: parcel, remaining: without(held, parcel) };
      return [{ type: 'catalog.StockReservationShipped', version: 1, data }];
    },
  },
  evolve: {
    'catalog.StockReservationMade': (state, { lines }) => ({ ...state, status: 'made', answered: true, held: lines }),
    'catalog.StockReservationRefused': (state) => ({ ...state, status: state.status === 'released' ? 'released' : 'refused', answered: true }),
    'catalog.StockReservationReleased': (state, { remaining }) =>
      remaining ? { ...state, ...left(remaining), reduced: true } : { ...state, status: 'released', held: [] },
    'catalog.StockReservationShipped': (state, { parcelId, remaining }) => ({
      ...state,
      ...left(remaining),
      parcels: [...state.parcels, parcelId],
    }),
  },
});

/** Once nothing is left to go out, all that was to has. */
const left = (remaining: readonly Line[]): Pick<Reservation, 'status' | 'held'> => ({
  status: remaining.length === 0 ? 'shipped' : 'made',
  held: remaining,
});

function ensureHolds(orderId: string, { status, held }: Pick<Reservation, 'status' | 'held'>, wanted: readonly Line[]): void {
  ensure(status === 'made', 'catalog.reservation-not-made', `Nothing is reserved for order ${orderId}`, { orderId, status });
  for (const { sku, quantity } of wanted) ensureHeld(orderId, held, sku, quantity);
}

function ensureHeld(orderId: string, held: readonly Line[], sku: string, wanted: number): void {
  const reserved = held.find((line) => line.sku === sku)?.quantity ?? 0;
  ensure(wanted <= reserved, 'catalog.not-reserved', `Only ${reserved} of ${sku} reserved for order ${orderId}, ${wanted} asked for`, {
    orderId,
    sku,
    wanted,
    reserved,
  });
}
