import type { Money } from '@kernel/money.js';
import type { BulkResult } from '@kernel/ports/bulk.js';
import type { ConsistencyToken } from '@kernel/consistency-token.js';

interface Keyed {
  readonly idempotencyKey: string;
  readonly sku: string;
}
export interface ImportedProduct extends Keyed {
  readonly kind: 'product';
  readonly name: string;
  readonly category: string;
  readonly price: Money;
}
export interface ImportedStockMovement extends Keyed {
  readonly kind: 'stock-movement';
  readonly reference: string;
  /** Signed. */
  readonly quantity: number;
  readonly occurredAt: string;
  readonly reason: string;
}

/** Public command: records products and stock movements of a past system. Sellable stock stays as it is. */
export class ImportProducts {
  constructor(
    /** Names the caller's route in the receipts. */
    readonly route: string,
    readonly items: readonly (ImportedProduct | ImportedStockMovement)[],
  ) {}
}

export interface Imported {
  readonly results: readonly BulkResult[];
  readonly token: ConsistencyToken;
}
