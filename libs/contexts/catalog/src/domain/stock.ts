import { decider, evolve, type DomainCommand } from '@kernel/decider.js';
import { ensure, ensureValid } from '@kernel/refusal.js';
import type {
  LowStockThresholdSet,
  StockAdjusted,
  StockMovementImported,
  StockRanLow,
  StockReceived,
  StockReleased,
  StockReserved,
  StockRestocked,
  StockShipped,
} from '../contract/events.js';

/**
 * The stock of one SKU: counts only, however many orders share it, so that it stays small where its stream grows long. Whose units are reserved is
 * what each order's reservation knows.
 */
export interface Stock {
  /** Units in the house. */
  readonly onHand: number;
  /** Those of them that orders wait for; never more than there are. */
  readonly reserved: number;
  /** At this many available units, or fewer, the SKU is low. */
  readonly threshold: number;
  /** Always tells whether what is available is at the threshold or below, so that falling there is told once. */
  readonly low: boolean;
}

export const DEFAULT_THRESHOLD = 5;
const MOST_ON_HAND = 2_000_000_000;

interface Movement {
  readonly sku: string;
  /** Signed: what comes in is positive. */
  readonly quantity: number;
  readonly reason: string;
}
interface OfOrder {
  readonly sku: string;
  readonly orderId: string;
  readonly quantity: number;
}

export type StockCommand =
  | DomainCommand<'ReceiveStock', Movement>
  | DomainCommand<'AdjustStock', Movement>
  | DomainCommand<'ReserveStock', OfOrder>
  | DomainCommand<'ReleaseStock', OfOrder>
  | DomainCommand<'ShipStock', OfOrder>
  | DomainCommand<'RestockUnits', { readonly sku: string; readonly returnId: string; readonly quantity: number }>
  | DomainCommand<'SetLowStockThreshold', { readonly sku: string; readonly threshold: number }>
  | DomainCommand<'ImportStockMovement', Movement & { readonly reference: string; readonly occurredAt: string }>;

type Moved = StockReceived | StockAdjusted | StockReserved | StockReleased | StockShipped | StockRestocked | LowStockThresholdSet;
export type StockEvent = Moved | StockRanLow | StockMovementImported;

/** What can be sold. */
export const availableOf = ({ onHand, reserved }: Pick<Stock, 'onHand' | 'reserved'>): number => onHand - reserved;

/** The stock of one SKU. No command takes what is available below zero, so nothing is sold twice. */
export const stock = decider<Stock, StockCommand, StockEvent>({
  // A SKU of which there was never any does not run low by getting its first few.
  initial: { onHand: 0, reserved: 0, threshold: DEFAULT_THRESHOLD, low: true },
  decide: {
    ReceiveStock: ({ sku, quantity, reason }, state) => {
      ensurePositive(quantity);
      ensureCountable(sku, state, quantity);
      return withWarning(state, { type: 'catalog.StockReceived', version: 1, data: { sku, quantity, reason } });
    },
    AdjustStock: ({ sku, quantity, reason }, state) => {
      const { onHand, reserved } = state;
      ensureValid(quantity !== 0, 'catalog.quantity-zero', 'An adjustment by nothing is none', { quantity });
      ensure(onHand + quantity >= 0, 'catalog.stock-below-zero', `Only ${onHand} of ${sku} on hand`, { sku, onHand, quantity });
      // A loss must not break a promise silently: somebody has to cancel an order first.
      ensure(onHand + quantity >= reserved, 'catalog.stock-reserved', `${reserved} of the ${onHand} of ${sku} are reserved for orders`, {
        sku,
        onHand,
        reserved,
        quantity,
      });
      ensureCountable(sku, state, quantity);
      return withWarning(state, { type: 'catalog.StockAdjusted', version: 1, data: { sku, quantity, reason } });
    },
    ReserveStock: ({ sku, orderId, quantity }, state) => {
      const available = availableOf(state);
      ensurePositive(quantity);
      ensure(quantity <= available, 'catalog.out-of-stock', `Only ${available} of ${sku} available, ${quantity} wanted`, {
        sku,
        wanted: quantity,
        available,
      });
      return withWarning(state, { type: 'catalog.StockReserved', version: 1, data: { sku, orderId, quantity } });
    },
    ReleaseStock: ({ sku, orderId, quantity }, state) => {
      ensureReserved(sku, state, quantity);
      return withWarning(state, { type: 'catalog.StockReleased', version: 1, data: { sku, orderId, quantity } });
    },
    ShipStock: ({ sku, orderId, quantity }, state) => {
      ensureReserved(sku, state, quantity);
      return withWarning(state, { type: 'catalog.StockShipped', version: 1, data: { sku, orderId, quantity } });
    },
    RestockUnits: ({ sku, returnId, quantity }, state) => {
      ensurePositive(quantity);
      ensureCountable(sku, state, quantity);
      return withWarning(state, { type: 'catalog.StockRestocked', version: 1, data: { sku, returnId, quantity } });
    },
    SetLowStockThreshold: ({ sku, threshold }, state) => {
      ensureValid(threshold >= 0, 'catalog.threshold-negative', 'A threshold cannot be below zero', { threshold });
      if (threshold === state.threshold) return [];
      return withWarning(state, { type: 'catalog.LowStockThresholdSet', version: 1, data: { sku, threshold } });
    },
    ImportStockMovement: ({ sku, quantity, reason, reference, occurredAt }) => {
      ensureValid(quantity !== 0, 'catalog.quantity-zero', 'A movement of nothing is none', { quantity });
      return [{ type: 'catalog.StockMovementImported', version: 1, data: { sku, quantity, reason, reference }, occurredAt }];
    },
  },
  evolve: {
    'catalog.StockReceived': (state, { quantity }) => counted(state, { onHand: state.onHand + quantity }),
    'catalog.StockAdjusted': (state, { quantity }) => counted(state, { onHand: state.onHand + quantity }),
    'catalog.StockReserved': (state, { quantity }) => counted(state, { reserved: state.reserved + quantity }),
    'catalog.StockReleased': (state, { quantity }) => counted(state, { reserved: state.reserved - quantity }),
    'catalog.StockShipped': (state, { quantity }) => counted(state, { onHand: state.onHand - quantity, reserved: state.reserved - quantity }),
    'catalog.StockRestocked': (state, { quantity }) => counted(state, { onHand: state.onHand + quantity }),
    'catalog.LowStockThresholdSet': (state, { threshold }) => counted(state, { threshold }),
    // Told for those who order anew; the counts know it already.
    'catalog.StockRanLow': (state) => state,
    'catalog.StockMovementImported': (state) => state,
  },
});

function counted(before: Stock, change: Partial<Omit<Stock, 'low'>>): Stock {
  const after = { ...before, ...change };
  return { ...after, low: availableOf(after) <= after.threshold };
}

/** The event, and with it the warning where it takes what is available down to the threshold. */
function withWarning(before: Stock, event: Moved): readonly StockEvent[] {
  const after = evolve(stock, [event], before);
  if (before.low || !after.low) return [event];
  const data = { sku: event.data.sku, available: availableOf(after), threshold: after.threshold };
  return [event, { type: 'catalog.StockRanLow', version: 1, data }];
}

function ensurePositive(quantity: number): void {
  ensureValid(quantity > 0, 'catalog.quantity-not-positive', 'A quantity must be more than nothing', { quantity });
}

function ensureCountable(sku: string, { onHand }: Stock, quantity: number): void {
  ensure(onHand + quantity <= MOST_ON_HAND, 'catalog.stock-too-large', `No more than ${MOST_ON_HAND} of a SKU can be on hand`, { sku, onHand });
}

function ensureReserved(sku: string, { reserved }: Stock, quantity: number): void {
  ensurePositive(quantity);
  ensure(quantity <= reserved, 'catalog.not-reserved', `Only ${reserved} of ${sku} reserved, ${quantity} asked for`, {
    sku,
    wanted: quantity,
    reserved,
  });
}
