import { z } from 'zod';

const orderId = z.string().min(1).describe('The order’s id');
const line = z.object({
  sku: z.string().min(1).max(64).describe('The product’s SKU, case-sensitive'),
  quantity: z.int().positive().describe('Units of it'),
});
const lines = z.array(line).min(1);

/** What sagas of other contexts may ask of the catalog, by name. Their descriptions are published. */
export const catalogSagaCommands = {
  ReserveStock: z
    .object({
      orderId,
      lines: lines.describe('What to set apart'),
      expiresAt: z.iso.datetime().describe('When the saga gives it back if the order is not confirmed by then'),
    })
    .describe('Sets all lines apart, or none. Comes back as `catalog.StockReservationMade` or `catalog.StockReservationRefused`.'),
  ReleaseStock: z
    .object({
      orderId,
      // Whoever carries it out knows from them which stock to load; what is given back is what the reservation still holds.
      lines: lines.describe('The order’s lines; with `only` those to give back'),
      reason: z.string().describe('Why, in words'),
      only: z
        .literal('lines')
        .optional()
        .describe('Gives back no more than these quantities of what is reserved, once an order, and leaves the rest for its parcels'),
    })
    .describe(
      'Gives back what is still reserved. Comes back as `catalog.StockReservationReleased`, also where nothing was reserved: nothing will be any more.',
    ),
  ShipStock: z
    .object({ orderId, parcelId: z.string().min(1).describe('The parcel’s id'), lines: lines.describe('What goes out with it') })
    .describe('Takes a parcel’s lines out of the house. Comes back as `catalog.StockReservationShipped`.'),
  RestockReturn: z
    .object({ returnId: z.string().min(1).describe('The return’s id'), orderId, lines: lines.describe('What to put back') })
    .describe('Puts back what a customer returned. Comes back as `catalog.ReturnRestocked`.'),
};
export type CatalogSagaCommand<Name extends keyof typeof catalogSagaCommands> = z.infer<(typeof catalogSagaCommands)[Name]>;
