import { decodeCursor } from '@adapters/runtime/src/http/cursor.js';
import { selectProducts, type ProductRow } from './products.js';
import { SORTS, type ProductSort } from './product-sorts.js';

export interface AskedProducts {
  readonly search?: string;
  readonly category?: string;
  readonly currency?: string;
  readonly minPrice?: string;
  readonly maxPrice?: string;
  readonly status: 'active' | 'retired' | 'all';
  readonly inStock?: 'true';
  readonly lowStock?: 'true';
  readonly sort: ProductSort;
  readonly limit: number;
  readonly cursor?: string;
}

interface Filter {
  readonly name: string;
  readonly condition: string;
}

/**
 * One text for each set of filters and order, so that each is planned for the index that serves it. The page is cut before its stock is joined:
 * the join then costs a look-up a row, however far down the list the page is.
 *
 * @param shopCurrency prices of different currencies are never compared: what counts where prices do and no currency is named
 */
export function listStatement(asked: AskedProducts, shopCurrency: string) {
  const values: unknown[] = [asked.limit + 1];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const filters = [...ofProduct(asked, bind), ...ofPrice(asked, shopCurrency, bind), ...place(asked, bind)];
  const { columns, direction } = SORTS[asked.sort];
  const order = `order by ${columns.replaceAll(/[^, ]+/g, (column) => `${column} ${direction}`)}`;
  const found = `select p.* from catalog.products p${filters.length > 0 ? ` where ${filters.map(({ condition }) => condition).join(' and ')}` : ''}`;
  // Postgres guesses that the beginning of a word is in many names, and would rather read products in order until it has found enough of them.
  const page = asked.search === undefined ? found : `with found as materialized (${found}) select p.* from found p`;
  return {
    name: `list-products:${asked.sort}:${filters.map(({ name }) => name).join('+')}`,
    text: `${selectProducts(`(${page} ${order} limit $1)`)} ${order}`,
    values,
  };
}

/** What the page after a row begins at. A cursor tells its sort: in another order its row has another place. */
export const placeOf =
  (sort: ProductSort) =>
  (row: ProductRow): string[] => [sort, SORTS[sort].keyOf(row), row.sku];

function ofProduct({ search, category, status, inStock, lowStock }: AskedProducts, bind: (value: unknown) => string): Filter[] {
  const filters: Filter[] = [];
  // Written out rather than bound: how many products are retired decides which index is best.
  if (status !== 'all') filters.push({ name: status, condition: `p.status = '${status}'` });
  if (search !== undefined) {
    filters.push({ name: 'search', condition: `to_tsvector('simple', p.name) @@ to_tsquery('simple', ${bind(prefixQuery(search))})` });
  }
  if (category !== undefined) filters.push({ name: 'category', condition: `p.category = ${bind(category)}` });
  if (inStock) filters.push({ name: 'in-stock', condition: 'exists (select from catalog.stock s where s.sku = p.sku and s.in_stock)' });
  // Asked the other way round, as what never had any stock has no row and is low.
  if (lowStock) filters.push({ name: 'low-stock', condition: 'not exists (select from catalog.stock s where s.sku = p.sku and not s.low)' });
  return filters;
}

function ofPrice({ currency, minPrice, maxPrice, sort }: AskedProducts, shopCurrency: string, bind: (value: unknown) => string): Filter[] {
  const counts = minPrice !== undefined || maxPrice !== undefined || sort === 'price' || sort === '-price';
  const filters: Filter[] = [];
  if (counts || currency !== undefined) filters.push({ name: 'currency', condition: `p.price_currency = ${bind(currency ?? shopCurrency)}` });
  if (minPrice !== undefined) filters.push({ name: 'min', condition: `p.price_amount >= ${bind(minPrice)}::numeric` });
  if (maxPrice !== undefined) filters.push({ name: 'max', condition: `p.price_amount <= ${bind(maxPrice)}::numeric` });
  return filters;
}

function place({ sort, cursor }: AskedProducts, bind: (value: unknown) => string): Filter[] {
  if (cursor === undefined) return [];
  const [made, key, sku] = decodeCursor(cursor, 3) as [string, string, string];
  const { columns, direction, place: after, isKey } = SORTS[sort];
  if (made !== sort || !isKey(key)) decodeCursor('', 3);
  const position = sort === 'sku' ? after('', bind(sku)) : after(bind(key), bind(sku));
  return [{ name: 'cursor', condition: `(${columns}) ${direction === 'asc' ? '>' : '<'} ${position}` }];
}

/** Words quoted for to_tsquery, all wanted, the last one as a prefix: what a search box sends while it is typed into. */
function prefixQuery(search: string): string {
  const words = search.match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.map((word, index) => `'${word}'${index === words.length - 1 ? ':*' : ''}`).join(' & ');
}
