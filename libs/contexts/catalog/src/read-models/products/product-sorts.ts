import { isInstant } from '@adapters/runtime/src/http/instant.js';
import { canonical, isDecimal } from '@kernel/money.js';
import type { ProductRow } from './products.js';

/** How a list of products can be put in order. */
export const PRODUCT_SORTS = ['sku', 'name', 'price', '-price', 'newest'] as const;
export type ProductSort = (typeof PRODUCT_SORTS)[number];

interface Sort {
  /** Ends in the SKU, which no two products share: every product has its own place. */
  readonly columns: string;
  readonly direction: 'asc' | 'desc';
  /** A place after which a page begins, as bound parameters: the key's, where there is one beside the SKU, and the SKU's. */
  readonly place: (key: string, sku: string) => string;
  /** The sort key of a row as a cursor holds it. */
  readonly keyOf: (row: ProductRow) => string;
  readonly isKey: (key: string) => boolean;
}

const byPrice = {
  columns: 'p.price_amount, p.sku',
  place: (key: string, sku: string) => `(${key}::numeric, ${sku})`,
  keyOf: (row: ProductRow) => canonical(row.price_amount),
  isKey: isDecimal,
};

/** Each is served by an index of migrations/postgres/src/catalog, read forwards or backwards. */
export const SORTS: { readonly [Name in ProductSort]: Sort } = {
  sku: {
    columns: 'p.sku',
    direction: 'asc',
    place: (_key, sku) => sku,
    keyOf: () => '',
    isKey: (key) => key === '',
  },
  name: {
    columns: 'p.name, p.sku',
    direction: 'asc',
    place: (key, sku) => `(${key}, ${sku})`,
    keyOf: (row) => row.name,
    isKey: () => true,
  },
  price: { ...byPrice, direction: 'asc' },
  '-price': { ...byPrice, direction: 'desc' },
  newest: {
    columns: 'p.created_at, p.sku',
    direction: 'desc',
    place: (key, sku) => `(${key}::timestamptz, ${sku})`,
    keyOf: (row) => new Date(row.created_ms).toISOString(),
    isKey: isCanonicalInstant,
  },
};

/** As `keyOf` writes it: of other texts that are instants, not all are to Postgres. */
function isCanonicalInstant(text: string): boolean {
  return isInstant(text) && text > '1970' && new Date(text).toISOString() === text;
}
