import type { DomainEvent } from '@kernel/event.js';
import { isDecimal } from '@kernel/money.js';
import type { EventSchema } from '@kernel/schema-registry.js';
import { z } from 'zod';
import { paymentEvents } from './payment-events.js';
import { sagaEvents } from './saga-events.js';

const amount = z.string().refine(isDecimal, 'must be a decimal with at most four places');
const quantity = z.int().positive();

/** One line as it was sold: everything a reader needs, so that no projection ever asks the catalog. */
export const orderLineSchema = z.object({
  /** Goods are sold and can come back; shipping and tax are what an order costs beside them. */
  kind: z.enum(['goods', 'shipping', 'tax']),
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
  /** Sum of the quantities of goods. */
  units: quantity,
  /** Sum of the goods' lines: what sales figures count. */
  goodsTotal: amount,
  /** Sum of all lines' totals. */
  total: amount,
};

const channel = z.enum(['web', 'import']);
export type Channel = z.infer<typeof channel>;

const orderPlaced = z.object({
  orderId: z.string().min(1),
  channel,
  placedAt: z.iso.datetime(),
  /** The payment provider's name for the means of payment; null where nothing is to be paid through this shop. */
  payment: z.object({ token: z.string().min(1) }).nullable(),
  ...valued,
});
const orderMoved = z.object({ orderId: z.string().min(1) });
const quantities = z.array(z.object({ sku: z.string().min(1), quantity })).min(1);
/** One parcel. `lines` are null in an order that went out whole before parcels were told apart; `complete` with the last one. */
const orderShipped = z.object({ orderId: z.string().min(1), parcelId: z.string().min(1), lines: quantities.nullable(), complete: z.boolean() });
/** A customer wants to send goods back; what they are worth is fixed now, at the price that they were sold at. */
const returnRequested = z.object({ returnId: z.string().min(1), orderId: z.string().min(1), reason: z.string(), ...valued });
/** The goods are back in the house: restocking and refund begin. */
const returnReceived = z.object({ returnId: z.string().min(1), orderId: z.string().min(1), ...valued });
const returnRejected = z.object({
  returnId: z.string().min(1),
  orderId: z.string().min(1),
  reason: z.string(),
  lines: z.array(orderLineSchema).min(1),
});
/** Carries what it reverses. */
const orderCancelled = z.object({ orderId: z.string().min(1), reason: z.string(), ...valued });
/** What of an order never goes out, although a part of it did. Carries what it reverses: those goods, and their share of the tax. */
const orderRemainderCancelled = orderCancelled;
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
export type OrderShipped = DomainEvent<'ordering.OrderShipped', z.infer<typeof orderShipped>>;
export type OrderDelivered = DomainEvent<'ordering.OrderDelivered', z.infer<typeof orderMoved>>;
export type OrderCancelled = DomainEvent<'ordering.OrderCancelled', z.infer<typeof orderCancelled>>;
export type OrderRemainderCancelled = DomainEvent<'ordering.OrderRemainderCancelled', z.infer<typeof orderRemainderCancelled>>;
export type CreditNoteRecorded = DomainEvent<'ordering.CreditNoteRecorded', z.infer<typeof creditNoteRecorded>>;
export type ReturnRequested = DomainEvent<'ordering.ReturnRequested', z.infer<typeof returnRequested>>;
export type ReturnReceived = DomainEvent<'ordering.ReturnReceived', z.infer<typeof returnReceived>>;
export type ReturnRejected = DomainEvent<'ordering.ReturnRejected', z.infer<typeof returnRejected>>;

/** The events that ordering publishes. */
export const orderingEvents: EventSchema[] = [
  { type: 'ordering.OrderPlaced', version: 2, schema: orderPlaced, upcasters: { 1: (data) => ({ ...kinded(data), payment: null }) } },
  { type: 'ordering.OrderConfirmed', version: 1, schema: orderMoved, upcasters: {} },
  { type: 'ordering.OrderShipped', version: 2, schema: orderShipped, upcasters: { 1: wholeParcel } },
  { type: 'ordering.OrderDelivered', version: 1, schema: orderMoved, upcasters: {} },
  { type: 'ordering.OrderCancelled', version: 2, schema: orderCancelled, upcasters: { 1: kinded } },
  { type: 'ordering.OrderRemainderCancelled', version: 1, schema: orderRemainderCancelled, upcasters: {} },
  { type: 'ordering.CreditNoteRecorded', version: 2, schema: creditNoteRecorded, upcasters: { 1: kinded } },
  { type: 'ordering.ReturnRequested', version: 1, schema: returnRequested, upcasters: {} },
  { type: 'ordering.ReturnReceived', version: 1, schema: returnReceived, upcasters: {} },
  { type: 'ordering.ReturnRejected', version: 1, schema: returnRejected, upcasters: {} },
  ...paymentEvents,
  ...sagaEvents,
];

/** Until version 2 every line was goods. */
function kinded(data: unknown): object {
  const { lines, total, ...rest } = data as { lines: object[]; total: string };
  return { ...rest, lines: lines.map((line) => ({ kind: 'goods', ...line })), goodsTotal: total, total };
}

/** Until version 2 an order went out whole. */
function wholeParcel(data: unknown): object {
  return { ...(data as object), parcelId: 'whole', lines: null, complete: true };
}
