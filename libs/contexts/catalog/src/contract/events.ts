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
/** History of a past system: it moves no sellable stock. */
const stockMovementImported = z.object({ sku, quantity: z.int(), reason: z.string(), reference: z.string().min(1) });

export type ProductCreated = DomainEvent<'catalog.ProductCreated', z.infer<typeof productCreated>>;
export type ProductRenamed = DomainEvent<'catalog.ProductRenamed', z.infer<typeof productRenamed>>;
export type ProductRecategorised = DomainEvent<'catalog.ProductRecategorised', z.infer<typeof productRecategorised>>;
export type ProductPriced = DomainEvent<'catalog.ProductPriced', z.infer<typeof productPriced>>;
export type StockReceived = DomainEvent<'catalog.StockReceived', z.infer<typeof stockReceived>>;
export type StockAdjusted = DomainEvent<'catalog.StockAdjusted', z.infer<typeof stockAdjusted>>;
export type StockMovementImported = DomainEvent<'catalog.StockMovementImported', z.infer<typeof stockMovementImported>>;

/** The events that the catalog publishes. */
export const catalogEvents: EventSchema[] = [
  { type: 'catalog.ProductCreated', version: 1, schema: productCreated, upcasters: {} },
  { type: 'catalog.ProductRenamed', version: 1, schema: productRenamed, upcasters: {} },
  { type: 'catalog.ProductRecategorised', version: 1, schema: productRecategorised, upcasters: {} },
  { type: 'catalog.ProductPriced', version: 1, schema: productPriced, upcasters: {} },
  { type: 'catalog.StockReceived', version: 1, schema: stockReceived, upcasters: {} },
  { type: 'catalog.StockAdjusted', version: 1, schema: stockAdjusted, upcasters: {} },
  { type: 'catalog.StockMovementImported', version: 1, schema: stockMovementImported, upcasters: {} },
];
