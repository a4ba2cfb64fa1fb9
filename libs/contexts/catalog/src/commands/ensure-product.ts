import { Refusal } from '@kernel/refusal.js';
import type { Catalog } from '../catalog.js';

/** Stock is taken in for products only; a retired one's can still be counted. @throws Refusal `catalog.product-not-found` */
export async function ensureProduct({ products }: Catalog, sku: string): Promise<void> {
  const { state } = await products.load(sku);
  if (!state.exists) throw new Refusal('catalog.product-not-found', 'not-found', `There is no product ${sku}`, { sku });
}
