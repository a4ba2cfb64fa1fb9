import { decider, type DomainCommand } from '@kernel/decider.js';
import { ensure, ensureValid } from '@kernel/refusal.js';
import type { StockAdjusted, StockMovementImported, StockReceived } from '../contract/events.js';

/** The sellable stock of one SKU, never below zero. */
export interface Stock {
  readonly onHand: number;
}

const MOST_ON_HAND = 2_000_000_000;

interface Movement {
  readonly sku: string;
  /** Signed: what comes in is positive. */
  readonly quantity: number;
  readonly reason: string;
}

export type StockCommand =
  | DomainCommand<'ReceiveStock', Movement>
  | DomainCommand<'AdjustStock', Movement>
  | DomainCommand<'ImportStockMovement', Movement & { readonly reference: string; readonly occurredAt: string }>;

export type StockEvent = StockReceived | StockAdjusted | StockMovementImported;

export const stock = decider<Stock, StockCommand, StockEvent>({
  initial: { onHand: 0 },
  decide: {
    ReceiveStock: ({ sku, quantity, reason }, { onHand }) => {
      ensureValid(quantity > 0, 'catalog.quantity-not-positive', 'What is received must be more than nothing', { quantity });
      ensure(onHand + quantity <= MOST_ON_HAND, 'catalog.stock-too-large', `No more than ${MOST_ON_HAND} of a SKU can be on hand`, { sku, onHand });
      return [{ type: 'catalog.StockReceived', version: 1, data: { sku, quantity, reason } }];
    },
    AdjustStock: ({ sku, quantity, reason }, { onHand }) => {
      ensureValid(quantity !== 0, 'catalog.quantity-zero', 'An adjustment by nothing is none', { quantity });
      ensure(onHand + quantity >= 0, 'catalog.stock-below-zero', `Only ${onHand} of ${sku} on hand`, { sku, onHand, quantity });
      ensure(onHand + quantity <= MOST_ON_HAND, 'catalog.stock-too-large', `No more than ${MOST_ON_HAND} of a SKU can be on hand`, { sku, onHand });
      return [{ type: 'catalog.StockAdjusted', version: 1, data: { sku, quantity, reason } }];
    },
    ImportStockMovement: ({ sku, quantity, reason, reference, occurredAt }) => {
      ensureValid(quantity !== 0, 'catalog.quantity-zero', 'A movement of nothing is none', { quantity });
      return [{ type: 'catalog.StockMovementImported', version: 1, data: { sku, quantity, reason, reference }, occurredAt }];
    },
  },
  evolve: {
    'catalog.StockReceived': ({ onHand }, { quantity }) => ({ onHand: onHand + quantity }),
    'catalog.StockAdjusted': ({ onHand }, { quantity }) => ({ onHand: onHand + quantity }),
    'catalog.StockMovementImported': (state) => state,
  },
});
