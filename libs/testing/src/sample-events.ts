import type { RecordedEvent } from './memory-log.js';

/** One line of a sample order: SKU, category, quantity, unit price in thousandths. */
export type SampleLine = readonly [sku: string, category: string, quantity: number, unitPrice: number];

export interface SampleOrder {
  readonly id: string;
  readonly at?: string;
  readonly customer?: string | null;
  readonly country?: string;
  readonly currency?: string;
  readonly lines?: readonly SampleLine[];
}

const money = (thousandths: number): string => (thousandths / 1000).toFixed(3).replace(/0$/, '');

/** What an order's events carry alike: who, where, the lines, and their sums. */
function figures({ customer = 'c-1', country = 'United Kingdom', currency = 'GBP', lines = [['MUG', 'Kitchen', 2, 2_550]] }: SampleOrder) {
  return {
    customerId: customer,
    country,
    currency,
    lines: lines.map(([sku, category, quantity, unitPrice]) => ({
      sku,
      name: sku.toLowerCase(),
      category,
      quantity,
      unitPrice: money(unitPrice),
      lineTotal: money(quantity * unitPrice),
    })),
    units: lines.reduce((units, [, , quantity]) => units + quantity, 0),
    total: money(lines.reduce((total, [, , quantity, unitPrice]) => total + quantity * unitPrice, 0)),
  };
}

const event = (type: string, stream: string, data: unknown, at?: string): RecordedEvent => ({ type, stream, data, ...(at && { occurredAt: at }) });

export const orderPlaced = (order: SampleOrder): RecordedEvent =>
  event('ordering.OrderPlaced', `order-${order.id}`, { orderId: order.id, channel: 'web', ...figures(order) }, order.at);

export const orderCancelled = (order: SampleOrder): RecordedEvent =>
  event('ordering.OrderCancelled', `order-${order.id}`, { orderId: order.id, reason: 'changed mind', ...figures(order) }, order.at);

export const creditNoteRecorded = (order: SampleOrder): RecordedEvent =>
  event(
    'ordering.CreditNoteRecorded',
    `credit-note-${order.id}`,
    { creditNoteId: order.id, orderId: null, channel: 'web', ...figures(order), reason: 'returned' },
    order.at,
  );

export const stockReceived = (sku: string, quantity: number): RecordedEvent =>
  event('catalog.StockReceived', `stock-${sku}`, { sku, quantity, reason: 'delivery' });

export const stockAdjusted = (sku: string, quantity: number): RecordedEvent =>
  event('catalog.StockAdjusted', `stock-${sku}`, { sku, quantity, reason: 'count' });

export const stockMovementImported = (sku: string, quantity: number): RecordedEvent =>
  event('catalog.StockMovementImported', `stock-${sku}`, { sku, quantity, reason: 'write-off', reference: `${sku}/1` });
