import type { DomainEvent } from '@kernel/event.js';
import { isDecimal, moneySchema } from '@kernel/money.js';
import type { EventSchema } from '@kernel/schema-registry.js';
import { z } from 'zod';

const sku = z.string().min(1).max(64);
const price = moneySchema.refine(({ amount }) => isDecimal(amount) && !amount.startsWith('-'), 'must not be negative');

const productCreated = z.object({ sku, name: z.string().min(1), category: z.string().min(1), price });
const productRenamed = z.object({ sku, name: z.string().min(1) });
const productRecategorised = z.object({ sku, category: z.string().min(1) });
const productPriced = z.object({ sku, price });
const stockReceived = z.object({ sku, quantity: z.int().positive(), reason: z.string() });
const stockAdjusted = z.object({ sku, quantity: z.int(), reason: z.string() });
/** Units of one SKU set apart for an order: on hand, but no longer sellable. */
const stockReserved = z.object({ sku, orderId: z.string().min(1), quantity: z.int().positive() });
const stockReleased = z.object({ sku, orderId: z.string().min(1), quantity: z.int().positive() });
/** Reserved units that left the house. */
const stockShipped = z.object({ sku, orderId: z.string().min(1), quantity: z.int().positive() });
/** Units that a customer sent back and that can be sold again. */
const stockRestocked = z.object({ sku, returnId: z.string().min(1), quantity: z.int().positive() });
/** What can be sold fell to the threshold, or below it; told once until it rises above it again. */
const stockRanLow = z.object({ sku, available: z.int().nonnegative(), threshold: z.int().nonnegative() });
const lowStockThresholdSet = z.object({ sku, threshold: z.int().nonnegative() });
const productDescribed = z.object({ sku, description: z.string() });
const productRetired = z.object({ sku });

const reservedLine = z.object({ sku, quantity: z.int().positive() });
const lines = z.array(reservedLine).min(1);
/**
 * All lines of an order are set apart, one for each SKU. `expiresAt` is when whoever asked for it gives it back if the order is not confirmed by
 * then; the catalog itself watches no clock.
 */
const stockReservationMade = z.object({ orderId: z.string().min(1), lines, expiresAt: z.iso.datetime() });
/** None of its lines is: `code`, `sku`, `wanted` and `available` tell of the first that could not be. */
const stockReservationRefused = z.object({
  orderId: z.string().min(1),
  code: z.string(),
  sku,
  wanted: z.int().positive(),
  available: z.int().nonnegative(),
});
/** `lines` are what was given back: none where nothing was reserved, and then nothing will be. */
/** `remaining` only where some of it was given back and the rest is kept for parcels: what is still held. */
const stockReservationReleased = z.object({
  orderId: z.string().min(1),
  lines: z.array(reservedLine),
  reason: z.string(),
  remaining: z.array(reservedLine).optional(),
});
/** One parcel of a reservation left the house; `remaining` is empty with the last. */
const stockReservationShipped = z.object({ orderId: z.string().min(1), parcelId: z.string().min(1), lines, remaining: z.array(reservedLine) });
const returnRestocked = z.object({ returnId: z.string().min(1), orderId: z.string().min(1), lines });
const commandRefused = z.object({
  commandId: z.string().min(1),
  command: z.string().min(1),
  code: z.string(),
  detail: z.string(),
  saga: z.object({ context: z.string(), name: z.string(), id: z.string() }),
});
/** History of a past system: it moves no sellable stock. */
const stockMovementImported = z.object({ sku, quantity: z.int(), reason: z.string(), reference: z.string().min(1) });

export type ProductCreated = DomainEvent<'catalog.ProductCreated', z.infer<typeof productCreated>>;
export type ProductRenamed = DomainEvent<'catalog.ProductRenamed', z.infer<typeof productRenamed>>;
export type ProductRecategorised = DomainEvent<'catalog.ProductRecategorised', z.infer<typeof productRecategorised>>;
export type ProductPriced = DomainEvent<'catalog.ProductPriced', z.infer<typeof productPriced>>;
export type StockReceived = DomainEvent<'catalog.StockReceived', z.infer<typeof stockReceived>>;
export type StockAdjusted = DomainEvent<'catalog.StockAdjusted', z.infer<typeof stockAdjusted>>;
export type StockMovementImported = DomainEvent<'catalog.StockMovementImported', z.infer<typeof stockMovementImported>>;
export type StockReserved = DomainEvent<'catalog.StockReserved', z.infer<typeof stockReserved>>;
export type StockReleased = DomainEvent<'catalog.StockReleased', z.infer<typeof stockReleased>>;
export type StockShipped = DomainEvent<'catalog.StockShipped', z.infer<typeof stockShipped>>;
export type StockRestocked = DomainEvent<'catalog.StockRestocked', z.infer<typeof stockRestocked>>;
export type StockRanLow = DomainEvent<'catalog.StockRanLow', z.infer<typeof stockRanLow>>;
export type LowStockThresholdSet = DomainEvent<'catalog.LowStockThresholdSet', z.infer<typeof lowStockThresholdSet>>;
export type ProductDescribed = DomainEvent<'catalog.ProductDescribed', z.infer<typeof productDescribed>>;
export type ProductRetired = DomainEvent<'catalog.ProductRetired', z.infer<typeof productRetired>>;
export type StockReservationMade = DomainEvent<'catalog.StockReservationMade', z.infer<typeof stockReservationMade>>;
export type StockReservationRefused = DomainEvent<'catalog.StockReservationRefused', z.infer<typeof stockReservationRefused>>;
export type StockReservationReleased = DomainEvent<'catalog.StockReservationReleased', z.infer<typeof stockReservationReleased>>;
export type StockReservationShipped = DomainEvent<'catalog.StockReservationShipped', z.infer<typeof stockReservationShipped>>;
export type ReturnRestocked = DomainEvent<'catalog.ReturnRestocked', z.infer<typeof returnRestocked>>;

/** The events that the catalog publishes. */
export const catalogEvents: EventSchema[] = [
  { type: 'catalog.ProductCreated', version: 1, schema: productCreated, upcasters: {} },
  { type: 'catalog.ProductRenamed', version: 1, schema: productRenamed, upcasters: {} },
  { type: 'catalog.ProductRecategorised', version: 1, schema: productRecategorised, upcasters: {} },
  { type: 'catalog.ProductPriced', version: 1, schema: productPriced, upcasters: {} },
  { type: 'catalog.StockReceived', version: 1, schema: stockReceived, upcasters: {} },
  { type: 'catalog.StockAdjusted', version: 1, schema: stockAdjusted, upcasters: {} },
  { type: 'catalog.StockMovementImported', version: 1, schema: stockMovementImported, upcasters: {} },
  { type: 'catalog.StockReserved', version: 1, schema: stockReserved, upcasters: {} },
  { type: 'catalog.StockReleased', version: 1, schema: stockReleased, upcasters: {} },
  { type: 'catalog.StockShipped', version: 1, schema: stockShipped, upcasters: {} },
  { type: 'catalog.StockRestocked', version: 1, schema: stockRestocked, upcasters: {} },
  { type: 'catalog.StockRanLow', version: 1, schema: stockRanLow, upcasters: {} },
  { type: 'catalog.LowStockThresholdSet', version: 1, schema: lowStockThresholdSet, upcasters: {} },
  { type: 'catalog.ProductDescribed', version: 1, schema: productDescribed, upcasters: {} },
  { type: 'catalog.ProductRetired', version: 1, schema: productRetired, upcasters: {} },
  { type: 'catalog.StockReservationMade', version: 1, schema: stockReservationMade, upcasters: {} },
  { type: 'catalog.StockReservationRefused', version: 1, schema: stockReservationRefused, upcasters: {} },
  { type: 'catalog.StockReservationReleased', version: 1, schema: stockReservationReleased, upcasters: {} },
  { type: 'catalog.StockReservationShipped', version: 1, schema: stockReservationShipped, upcasters: {} },
  { type: 'catalog.ReturnRestocked', version: 1, schema: returnRestocked, upcasters: {} },
  { type: 'catalog.CommandRefused', version: 1, schema: commandRefused, upcasters: {} },
];
