import type { Products, SellableProduct } from '@contexts/catalog/src/contract/products.js';
import { ensure, ensureValid, Refusal } from '@kernel/refusal.js';
import { merged, withTotals, type Quantity } from '../domain/lines.js';
import type { OrderLine } from '../contract/events.js';

export interface PricedGoods {
  readonly lines: readonly OrderLine[];
  readonly currency: string;
}

/**
 * What a customer asks for as lines of goods, at the catalog's prices, never the client's.
 * @throws Refusal `ordering.product-unknown`, `ordering.currencies-mixed`, `catalog.product-not-sellable`, `catalog.out-of-stock`
 */
export async function sellableGoods(products: Products, asked: readonly Quantity[]): Promise<PricedGoods> {
  const found = await products.find(asked.map(({ sku }) => sku));
  ensureKnown(asked, found);
  const currency = oneCurrency(found);
  for (const quantity of merged(asked)) ensureSellable(quantity, found.get(quantity.sku)!);
  const priced = asked.map(({ sku, quantity }) => {
    const { name, category, price } = found.get(sku)!;
    return { kind: 'goods' as const, sku, name, category, quantity, unitPrice: price.amount };
  });
  return { lines: withTotals(priced), currency };
}

type Found = ReadonlyMap<string, SellableProduct>;

function ensureKnown(asked: readonly Quantity[], found: Found): void {
  const unknown = asked.flatMap(({ sku }, index) => (found.has(sku) ? [] : [{ field: `lines.${index}.sku`, message: `there is no product ${sku}` }]));
  if (unknown.length === 0) return;
  throw new Refusal('ordering.product-unknown', 'invalid', unknown.map(({ message }) => message).join('; '), { errors: unknown });
}

function oneCurrency(found: Found): string {
  const currencies = new Set([...found.values()].map(({ price }) => price.currency));
  const [currency] = currencies;
  ensureValid(currencies.size === 1, 'ordering.currencies-mixed', 'The products of an order must be priced in one currency', {
    currencies: [...currencies],
  });
  return currency!;
}

/** An early word to the customer: only the reservation makes sure of the stock. */
function ensureSellable({ sku, quantity: wanted }: Quantity, { sellable, available }: SellableProduct): void {
  ensure(sellable, 'catalog.product-not-sellable', `${sku} is not sold any more`, { sku });
  ensure(wanted <= available, 'catalog.out-of-stock', `${wanted} of ${sku} are wanted, ${available} are to be had`, { sku, wanted, available });
}
