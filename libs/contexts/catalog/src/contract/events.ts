import { commandRefusedEvents } from '@kernel/command-refused-events.js';
import { deadLetterEvents } from '@kernel/dead-letter-events.js';
import type { DomainEvent } from '@kernel/event.js';
import { currencySchema } from '@kernel/money.js';
import type { EventSchema } from '@kernel/schema-registry.js';
import { z } from 'zod';

const sku = z.string().min(1).max(64).describe('The product’s SKU, case-sensitive');
const orderId = z.string().min(1).describe('The order’s id');
const units = (meaning: string) => z.int().positive().describe(meaning);
const amount = z.string().regex(/^\d{1,14}(\.\d{1,4})?$/, 'must be a decimal with at most four places that is not negative');
const price = z.object({ amount: amount.describe('A decimal with at most four places'), currency: currencySchema }).describe('What one unit costs');
const name = z.string().min(1).describe('What it is called');
const category = z.string().min(1).describe('What it is sold among');
const available = z.int().nonnegative().describe('Units that can be sold: on hand and not reserved');
const threshold = z.int().nonnegative().describe('At this many available units, or fewer, the SKU is low');
const reason = z.string().describe('Why, in words');

const productCreated = z.object({ sku, name, category, price }).describe('A product is offered.');
const productRenamed = z.object({ sku, name }).describe('It is called something else.');
const productRecategorised = z.object({ sku, category }).describe('It is sold among something else.');
const productPriced = z.object({ sku, price }).describe('It has another price from now on; what was ordered keeps its own.');
const productDescribed = z.object({ sku, description: z.string().describe('The whole text; may be empty') }).describe('It has another description.');
const productRetired = z.object({ sku }).describe('It is no longer sold, listed or changed. Its stock can still be counted and come back.');

const stockReceived = z.object({ sku, quantity: units('Units that came in'), reason }).describe('Units of one SKU came in.');
const stockAdjusted = z
  .object({ sku, quantity: z.int().describe('Units more, or where negative fewer, on hand'), reason })
  .describe('A count found more or fewer units than there should be.');
const stockReserved = z
  .object({ sku, orderId, quantity: units('Units set apart') })
  .describe('Units of one SKU are set apart for an order: on hand, but no longer sellable.');
const stockReleased = z.object({ sku, orderId, quantity: units('Units given back') }).describe('Reserved units can be sold again.');
const stockShipped = z.object({ sku, orderId, quantity: units('Units that left') }).describe('Reserved units left the house.');
const returnId = z.string().min(1).describe('The return’s id');
const stockRestocked = z
  .object({ sku, returnId, quantity: units('Units put back') })
  .describe('Units that a customer sent back, and that can be sold again.');
const stockRanLow = z
  .object({ sku, available, threshold })
  .describe('What can be sold fell to the threshold, or below it; told once until it rises above it again.');
const lowStockThresholdSet = z.object({ sku, threshold }).describe('The SKU counts as low at another number of units.');
const reference = z.string().min(1).describe('The past system’s name for the movement');
const stockMovementImported = z
  .object({ sku, quantity: z.int().describe('Units that came in, or where negative went out'), reason, reference })
  .describe('History of a past system: it moves no sellable stock.');

const reservedLine = z.object({ sku, quantity: units('Units of it') });
const lines = z.array(reservedLine).min(1);
const remaining = z.array(reservedLine).describe('What is still set apart');
const stockReservationMade = z
  .object({
    orderId,
    lines: lines.describe('What is set apart, a line for each SKU'),
    expiresAt: z.iso
      .datetime()
      .describe('When whoever asked for it gives it back if the order is not confirmed by then; the catalog itself watches no clock'),
  })
  .describe('All lines of an order are set apart.');
const stockReservationRefused = z
  .object({
    orderId,
    code: z.string().describe('Why not, as a stable code'),
    sku: sku.describe('The first SKU that could not be set apart'),
    wanted: units('How much of it the order wanted'),
    available,
  })
  .describe('None of an order’s lines is set apart, since one of them could not be.');
const stockReservationReleased = z
  .object({
    orderId,
    lines: z.array(reservedLine).describe('What was given back: none where nothing was reserved, and then nothing will be'),
    reason,
    remaining: remaining.optional().describe('Only where some of it was given back and the rest is kept for parcels: what is still set apart'),
  })
  .describe('What was set apart for an order, or a part of it, can be sold again.');
const stockReservationShipped = z
  .object({
    orderId,
    parcelId: z.string().min(1).describe('The parcel’s id'),
    lines: lines.describe('What went out with it'),
    remaining: remaining.describe('What is still set apart; empty with the last parcel'),
  })
  .describe('One parcel of a reservation left the house.');
const returnRestocked = z
  .object({ returnId, orderId, lines: lines.describe('What was put back') })
  .describe('The goods of a return can be sold again.');

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
  { type: 'catalog.ProductCreated', version: 1, schema: productCreated, upcasters: {}, stream: 'product-{sku}' },
  { type: 'catalog.ProductRenamed', version: 1, schema: productRenamed, upcasters: {}, stream: 'product-{sku}' },
  { type: 'catalog.ProductRecategorised', version: 1, schema: productRecategorised, upcasters: {}, stream: 'product-{sku}' },
  { type: 'catalog.ProductPriced', version: 1, schema: productPriced, upcasters: {}, stream: 'product-{sku}' },
  { type: 'catalog.StockReceived', version: 1, schema: stockReceived, upcasters: {}, stream: 'stock-{sku}' },
  { type: 'catalog.StockAdjusted', version: 1, schema: stockAdjusted, upcasters: {}, stream: 'stock-{sku}' },
  { type: 'catalog.StockMovementImported', version: 1, schema: stockMovementImported, upcasters: {}, stream: 'stock-{sku}' },
  { type: 'catalog.StockReserved', version: 1, schema: stockReserved, upcasters: {}, stream: 'stock-{sku}' },
  { type: 'catalog.StockReleased', version: 1, schema: stockReleased, upcasters: {}, stream: 'stock-{sku}' },
  { type: 'catalog.StockShipped', version: 1, schema: stockShipped, upcasters: {}, stream: 'stock-{sku}' },
  { type: 'catalog.StockRestocked', version: 1, schema: stockRestocked, upcasters: {}, stream: 'stock-{sku}' },
  { type: 'catalog.StockRanLow', version: 1, schema: stockRanLow, upcasters: {}, stream: 'stock-{sku}' },
  { type: 'catalog.LowStockThresholdSet', version: 1, schema: lowStockThresholdSet, upcasters: {}, stream: 'stock-{sku}' },
  { type: 'catalog.ProductDescribed', version: 1, schema: productDescribed, upcasters: {}, stream: 'product-{sku}' },
  { type: 'catalog.ProductRetired', version: 1, schema: productRetired, upcasters: {}, stream: 'product-{sku}' },
  { type: 'catalog.StockReservationMade', version: 1, schema: stockReservationMade, upcasters: {}, stream: 'reservation-{orderId}' },
  { type: 'catalog.StockReservationRefused', version: 1, schema: stockReservationRefused, upcasters: {}, stream: 'reservation-{orderId}' },
  { type: 'catalog.StockReservationReleased', version: 1, schema: stockReservationReleased, upcasters: {}, stream: 'reservation-{orderId}' },
  { type: 'catalog.StockReservationShipped', version: 1, schema: stockReservationShipped, upcasters: {}, stream: 'reservation-{orderId}' },
  { type: 'catalog.ReturnRestocked', version: 1, schema: returnRestocked, upcasters: {}, stream: 'return-{returnId}' },
  ...commandRefusedEvents('catalog'),
  ...deadLetterEvents('catalog'),
];
