import { canonical } from '@kernel/money.js';
import type { ProductView } from '../../product.view.js';

export interface ProductRow {
  sku: string;
  name: string;
  category: string;
  price_amount: string;
  price_currency: string;
  on_hand: number;
  version: number;
}

export const SELECT_PRODUCTS = `select p.sku, p.name, p.category, p.price_amount::text, p.price_currency, coalesce(s.on_hand, 0) as on_hand, p.version
  from catalog.products p left join catalog.stock s on s.sku = p.sku`;

export const toProductView = (row: ProductRow): ProductView => ({
  sku: row.sku,
  name: row.name,
  category: row.category,
  price: { amount: canonical(row.price_amount), currency: row.price_currency },
  stock: row.on_hand,
  version: row.version,
});
