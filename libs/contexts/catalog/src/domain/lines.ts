/** So many units of one SKU. */
export interface Line {
  readonly sku: string;
  readonly quantity: number;
}

/** One line for each SKU, in the order of their first mention: an order may name a SKU several times, its stock is asked once. */
export function merged(lines: readonly Line[]): Line[] {
  const quantities = new Map<string, number>();
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }));
}

/** What is left of lines, one for each SKU, when others are taken away; a SKU of which nothing is left has no line. */
export function without(lines: readonly Line[], taken: readonly Line[]): Line[] {
  const gone = new Map(taken.map(({ sku, quantity }) => [sku, quantity]));
  return lines.map(({ sku, quantity }) => ({ sku, quantity: quantity - (gone.get(sku) ?? 0) })).filter(({ quantity }) => quantity > 0);
}
