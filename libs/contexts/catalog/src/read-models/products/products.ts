import { canonical } from '@kernel/money.js';
import { DEFAULT_THRESHOLD, type ProductView } from '../../product.view.js';

export interface ProductRow {
  sku: string;
  name: string;
  description: string;
  category: string;
  price_amount: string;
  price_currency: string;
  status: ProductView['status'];
  created_ms: number;
  on_hand: number;
  reserved: number;
  low: boolean;
  threshold: number;
  version: number;
}

/** Products of a relation `p` as rows of a view. One without a row of stock never had any: none to sell, which is low. */
export const selectProducts = (source: string): string => `select p.sku, p.name, p.description, p.category, p.price_amount::text, p.price_currency,
  p.status, (extract(epoch from p.created_at) * 1000)::float8 as created_ms,
  coalesce(s.on_hand, 0) as on_hand, coalesce(s.reserved, 0) as reserved, coalesce(s.low, true) as low,
  coalesce(s.threshold, ${DEFAULT_THRESHOLD}) as threshold, p.version
  from ${source} p left join catalog.stock s on s.sku = p.sku`;

export const toProductView = (row: ProductRow): ProductView => ({
  sku: row.sku,
  name: row.name,
  description: row.description,
  category: row.category,
  price: { amount: canonical(row.price_amount), currency: row.price_currency },
  status: row.status,
  stock: row.on_hand - row.reserved,
  onHand: row.on_hand,
  reserved: row.reserved,
  lowStock: row.low,
  threshold: row.threshold,
  version: row.version,
});
