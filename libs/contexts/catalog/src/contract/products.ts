import type { Money } from '@kernel/money.js';

/** What other contexts may know of a product. */
export interface SellableProduct {
  readonly sku: string;
  readonly name: string;
  readonly category: string;
  readonly price: Money;
  /** False for a retired product. */
  readonly sellable: boolean;
  /** Units that are neither sold nor reserved, as of this moment: only a reservation makes sure of them. */
  readonly available: number;
}

/** Port by which other contexts ask the catalog. */
export abstract class Products {
  /** The products of these SKUs as they are now; absent ones have no entry. */
  abstract find(skus: readonly string[]): Promise<ReadonlyMap<string, SellableProduct>>;
}
