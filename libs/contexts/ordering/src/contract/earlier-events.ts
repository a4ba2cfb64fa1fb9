import { currencySchema, decimalSchema } from '@kernel/money.js';
import { z } from 'zod';

const quantity = z.int().positive();
const line = z.object({
  sku: z.string().min(1).describe('The product’s SKU'),
  name: z.string().describe('What it was called then'),
  category: z.string().describe('What it was sold among then'),
  quantity: quantity.describe('Units of it'),
  unitPrice: decimalSchema.describe('Price of one unit'),
  lineTotal: decimalSchema.describe('Price of all of them'),
});
const valued = {
  customerId: z.string().nullable().describe('The customer’s id, a pseudonym; null where none is known'),
  country: z.string().min(1).describe('Country as the customer or the past system spelled it'),
  currency: currencySchema.describe('ISO 4217 code of every amount'),
  lines: z.array(line).min(1).describe('What was sold, line by line: all of it goods'),
  units: quantity.describe('Sum of the quantities'),
  total: decimalSchema.describe('Sum of all lines’ totals'),
};
const channel = z.enum(['web', 'import']).describe('Where it came from: this shop, or the records of a past system');
const orderId = z.string().min(1).describe('The order’s id');
const reason = z.string().describe('Why, in words');

/** Version 1 of the events that have a newer one. Nothing writes them any more, but they stand in logs and topics as they were written: never changed. */
export const earlierEvents = {
  orderPlaced: z
    .object({ orderId, channel, placedAt: z.iso.datetime().describe('When the customer placed it'), ...valued })
    .describe('A customer ordered, at these prices, when every line was goods and payments were not told.'),
  orderShipped: z.object({ orderId }).describe('An order went out, when it always went out whole.'),
  orderCancelled: z
    .object({ orderId, reason, ...valued })
    .describe('An order of which nothing has shipped has ended, when every line was goods. Carries what it reverses.'),
  creditNoteRecorded: z
    .object({
      creditNoteId: z.string().min(1).describe('The credit note’s id'),
      orderId: orderId.nullable().describe('The order that it credits; null where a past system did not name it'),
      channel,
      reason,
      ...valued,
    })
    .describe('Goods are credited to the customer, when every line was goods. Quantities and amounts are positive.'),
};
