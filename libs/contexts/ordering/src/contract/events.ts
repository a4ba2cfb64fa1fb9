import { deadLetterEvents } from '@kernel/dead-letter-events.js';
import type { DomainEvent } from '@kernel/event.js';
import { currencySchema, decimalSchema } from '@kernel/money.js';
import type { EventSchema } from '@kernel/schema-registry.js';
import { z } from 'zod';
import { earlierEvents } from './earlier-events.js';
import { paymentEvents } from './payment-events.js';
import { sagaEvents } from './saga-events.js';

const quantity = z.int().positive();

/** One line as it was sold: everything a reader needs, so that no projection ever asks the catalog. */
export const orderLineSchema = z.object({
  kind: z.enum(['goods', 'shipping', 'tax']).describe('Goods are sold and can come back; shipping and tax are what an order costs beside them'),
  sku: z.string().min(1).describe('The product’s SKU'),
  name: z.string().describe('What it was called then'),
  category: z.string().describe('What it was sold among then'),
  quantity: quantity.describe('Units of it'),
  unitPrice: decimalSchema.describe('Price of one unit'),
  lineTotal: decimalSchema.describe('Price of all of them'),
});
export type OrderLine = z.infer<typeof orderLineSchema>;

const sold = z.array(orderLineSchema).min(1);
const valued = {
  customerId: z.string().nullable().describe('The customer’s id, a pseudonym; null where none is known'),
  country: z.string().min(1).describe('Country as the customer or the past system spelled it'),
  currency: currencySchema.describe('ISO 4217 code of every amount'),
  lines: sold.describe('What was sold, line by line'),
  units: quantity.describe('Sum of the quantities of goods'),
  goodsTotal: decimalSchema.describe('Sum of the goods’ lines: what sales figures count'),
  total: decimalSchema.describe('Sum of all lines’ totals'),
};

const channel = z.enum(['web', 'import']).describe('Where it came from: this shop, or the records of a past system');
export type Channel = z.infer<typeof channel>;

const orderId = z.string().min(1).describe('The order’s id');
const returnId = z.string().min(1).describe('The return’s id');
const reason = z.string().describe('Why, in words');

const orderPlaced = z
  .object({
    orderId,
    channel,
    placedAt: z.iso.datetime().describe('When the customer placed it'),
    payment: z
      .object({ token: z.string().min(1).describe('The payment provider’s name for the means of payment') })
      .nullable()
      .describe('How it is to be paid; null where nothing is to be paid through this shop'),
    ...valued,
  })
  .describe('A customer ordered, at these prices.');
const orderMoved = z.object({ orderId });
const orderConfirmed = orderMoved.describe('Its goods and its payment are set apart: it can be packed.');
const orderDelivered = orderMoved.describe('It reached the customer.');
const quantities = z.array(z.object({ sku: z.string().min(1).describe('The product’s SKU'), quantity: quantity.describe('Units of it') })).min(1);
const orderShipped = z
  .object({
    orderId,
    parcelId: z.string().min(1).describe('The parcel’s id'),
    lines: quantities.nullable().describe('What went out with it; null in an order that went out whole before parcels were told apart'),
    complete: z.boolean().describe('True with the last parcel'),
  })
  .describe('One parcel of an order went out.');
const returnRequested = z
  .object({ returnId, orderId, reason, ...valued })
  .describe('A customer wants to send goods back; what they are worth is fixed now, at the price that they were sold at.');
const returnReceived = z.object({ returnId, orderId, ...valued }).describe('The goods are back in the house: restocking and refund begin.');
const returnRejected = z
  .object({ returnId, orderId, reason, lines: sold.describe('What was to come back') })
  .describe('A return is not accepted: nothing is given back.');
const cancelled = z.object({ orderId, reason, ...valued });
const orderCancelled = cancelled.describe('An order of which nothing has shipped has ended. Carries what it reverses.');
const orderRemainderCancelled = cancelled.describe(
  'What of an order never goes out, although a part of it did. Carries what it reverses: those goods, and their share of the tax.',
);
const creditNoteRecorded = z
  .object({
    creditNoteId: z.string().min(1).describe('The credit note’s id: a return’s, `remainder-<orderId>`, or the past system’s'),
    orderId: orderId.nullable().describe('The order that it credits; null where a past system did not name it'),
    channel,
    reason,
    ...valued,
  })
  .describe('Goods are credited to the customer. Quantities and amounts are positive: what goes back to the customer.');

export type OrderPlaced = DomainEvent<'ordering.OrderPlaced', z.infer<typeof orderPlaced>>;
export type OrderConfirmed = DomainEvent<'ordering.OrderConfirmed', z.infer<typeof orderConfirmed>>;
export type OrderShipped = DomainEvent<'ordering.OrderShipped', z.infer<typeof orderShipped>>;
export type OrderDelivered = DomainEvent<'ordering.OrderDelivered', z.infer<typeof orderDelivered>>;
export type OrderCancelled = DomainEvent<'ordering.OrderCancelled', z.infer<typeof orderCancelled>>;
export type OrderRemainderCancelled = DomainEvent<'ordering.OrderRemainderCancelled', z.infer<typeof orderRemainderCancelled>>;
export type CreditNoteRecorded = DomainEvent<'ordering.CreditNoteRecorded', z.infer<typeof creditNoteRecorded>>;
export type ReturnRequested = DomainEvent<'ordering.ReturnRequested', z.infer<typeof returnRequested>>;
export type ReturnReceived = DomainEvent<'ordering.ReturnReceived', z.infer<typeof returnReceived>>;
export type ReturnRejected = DomainEvent<'ordering.ReturnRejected', z.infer<typeof returnRejected>>;

/** The events that ordering publishes. */
export const orderingEvents: EventSchema[] = [
  {
    type: 'ordering.OrderPlaced',
    version: 2,
    schema: orderPlaced,
    upcasters: { 1: (data) => ({ ...kinded(data), payment: null }) },
    earlier: { 1: earlierEvents.orderPlaced },
    stream: 'order-{orderId}',
  },
  { type: 'ordering.OrderConfirmed', version: 1, schema: orderConfirmed, upcasters: {}, stream: 'order-{orderId}' },
  {
    type: 'ordering.OrderShipped',
    version: 2,
    schema: orderShipped,
    upcasters: { 1: wholeParcel },
    earlier: { 1: earlierEvents.orderShipped },
    stream: 'order-{orderId}',
  },
  { type: 'ordering.OrderDelivered', version: 1, schema: orderDelivered, upcasters: {}, stream: 'order-{orderId}' },
  {
    type: 'ordering.OrderCancelled',
    version: 2,
    schema: orderCancelled,
    upcasters: { 1: kinded },
    earlier: { 1: earlierEvents.orderCancelled },
    stream: 'order-{orderId}',
  },
  { type: 'ordering.OrderRemainderCancelled', version: 1, schema: orderRemainderCancelled, upcasters: {}, stream: 'order-{orderId}' },
  {
    type: 'ordering.CreditNoteRecorded',
    version: 2,
    schema: creditNoteRecorded,
    upcasters: { 1: kinded },
    earlier: { 1: earlierEvents.creditNoteRecorded },
    stream: 'order-{orderId} or credit-note-{creditNoteId}',
  },
  { type: 'ordering.ReturnRequested', version: 1, schema: returnRequested, upcasters: {}, stream: 'order-{orderId}' },
  { type: 'ordering.ReturnReceived', version: 1, schema: returnReceived, upcasters: {}, stream: 'order-{orderId}' },
  { type: 'ordering.ReturnRejected', version: 1, schema: returnRejected, upcasters: {}, stream: 'order-{orderId}' },
  ...paymentEvents,
  ...sagaEvents,
  ...deadLetterEvents('ordering'),
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
