import { z } from 'zod';

const orderId = z.string().min(1);
const lines = z.array(z.object({ sku: z.string().min(1).max(64), quantity: z.int().positive() })).min(1);

/** What sagas of other contexts may ask of the catalog, by name. */
export const catalogSagaCommands = {
  /** All lines or none. Comes back as `catalog.StockReservationMade` or `catalog.StockReservationRefused`. */
  ReserveStock: z.object({ orderId, lines, expiresAt: z.iso.datetime() }),
  /**
   * Gives back what is still reserved. `lines` are the order's: whoever carries it out knows from them which stock to load, and what is given back is
   * what the reservation still holds. Comes back as `catalog.StockReservationReleased`, also where nothing was reserved: nothing will be any more.
   *
   * With `only: 'lines'` it gives back these quantities of what is reserved, once an order, and leaves the rest for its parcels.
   */
  ReleaseStock: z.object({ orderId, lines, reason: z.string(), only: z.literal('lines').optional() }),
  /** Takes a parcel's lines out of the house. Comes back as `catalog.StockReservationShipped`. */
  ShipStock: z.object({ orderId, parcelId: z.string().min(1), lines }),
  /** Puts back what a customer returned. Comes back as `catalog.ReturnRestocked`. */
  RestockReturn: z.object({ returnId: z.string().min(1), orderId, lines }),
};
export type CatalogSagaCommand<Name extends keyof typeof catalogSagaCommands> = z.infer<(typeof catalogSagaCommands)[Name]>;
