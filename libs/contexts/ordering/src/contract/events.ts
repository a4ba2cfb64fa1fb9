import type { DomainEvent } from '@kernel/event.js';
import { isDecimal } from '@kernel/money.js';
import type { EventSchema } from '@kernel/schema-registry.js';
import { z } from 'zod';

const amount = z.string().refine(isDecimal, 'must be a decimal with at most four places');
const quantity = z.int().positive();

/** One line as it was sold: everything a reader needs, so that no projection ever asks the catalog. */
export const orderLineSchema = z.object({
  sku: z.string().min(1),
  name: z.string(),
  category: z.string(),
  quantity,
  unitPrice: amount,
  lineTotal: amount,
});
export type OrderLine = z.infer<typeof orderLineSchema>;

const valued = {
  customerId: z.string().nullable(),
  country: z.string().min(1),
  currency: z.string().regex(/^[A-Z]{3}$/),
  lines: z.array(orderLineSchema).min(1),
  /** Sum of the lines' quantities. */
  units: quantity,
  /** Sum of the lines' totals. */
  total: amount,
};

const channel = z.enum(['web', 'import']);
export type Channel = z.infer<typeof channel>;

const orderPlaced = z.object({ orderId: z.string().min(1), channel, placedAt: z.iso.datetime(), ...valued });
const orderMoved = z.object({ orderId: z.string().min(1) });
/** Carries what it reverses. */
const orderCancelled = z.object({ orderId: z.string().min(1), reason: z.string(), ...valued });
/** Quantities and amounts are positive: what goes back to the customer. */
const creditNoteRecorded = z.object({
  creditNoteId: z.string().min(1),
  orderId: z.string().nullable(),
  channel,
  reason: z.string(),
  ...valued,
});

export type OrderPlaced = DomainEvent<'ordering.OrderPlaced', z.infer<typeof orderPlaced>>;
export type OrderConfirmed = DomainEvent<'ordering.OrderConfirmed', z.infer<typeof orderMoved>>;
export type OrderShipped = DomainEvent<'ordering.OrderShipped', z.infer<typeof orderMoved>>;
export type OrderDelivered = DomainEvent<'ordering.OrderDelivered', z.infer<typeof orderMoved>>;
export type OrderCancelled = DomainEvent<'ordering.OrderCancelled', z.infer<typeof orderCancelled>>;
export type CreditNoteRecorded = DomainEvent<'ordering.CreditNoteRecorded', z.infer<typeof creditNoteRecorded>>;

/** The events that ordering publishes. */
export const orderingEvents: EventSchema[] = [
  { type: 'ordering.OrderPlaced', version: 1, schema: orderPlaced, upcasters: {} },
  { type: 'ordering.OrderConfirmed', version: 1, schema: orderMoved, upcasters: {} },
  { type: 'ordering.OrderShipped', version: 1, schema: orderMoved, upcasters: {} },
  { type: 'ordering.OrderDelivered', version: 1, schema: orderMoved, upcasters: {} },
  { type: 'ordering.OrderCancelled', version: 1, schema: orderCancelled, upcasters: {} },
  { type: 'ordering.CreditNoteRecorded', version: 1, schema: creditNoteRecorded, upcasters: {} },
];
