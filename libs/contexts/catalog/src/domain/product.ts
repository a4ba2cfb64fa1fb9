import { decider, type DomainCommand } from '@kernel/decider.js';
import { canonical, type Money } from '@kernel/money.js';
import { ensure, ensureValid, Refusal } from '@kernel/refusal.js';
import type { ProductCreated, ProductPriced, ProductRecategorised, ProductRenamed } from '../contract/events.js';

export interface KnownProduct {
  readonly exists: true;
  readonly name: string;
  readonly category: string;
  readonly price: Money;
}
export type Product = { readonly exists: false } | KnownProduct;

interface Details {
  readonly sku: string;
  readonly name: string;
  readonly category: string;
  readonly price: Money;
}

export type ProductCommand =
  | DomainCommand<'CreateProduct', Details & { readonly createdAt?: string }>
  | DomainCommand<'ChangeProduct', { readonly sku: string } & Partial<Omit<Details, 'sku'>>>;

export type ProductEvent = ProductCreated | ProductRenamed | ProductRecategorised | ProductPriced;

/** A product: what it is called, where it belongs and what it costs. */
export const product = decider<Product, ProductCommand, ProductEvent>({
  initial: { exists: false },
  decide: {
    CreateProduct: ({ sku, name, category, price, createdAt }, state) => {
      ensure(!state.exists, 'catalog.product-exists', `There is a product ${sku} already`, { sku });
      const data = { sku, name, category, price: checked(price) };
      return [{ type: 'catalog.ProductCreated', version: 1, data, ...(createdAt !== undefined && { occurredAt: createdAt }) }];
    },
    // What is as it was asked to be makes no event, so a repeated change is harmless.
    ChangeProduct: ({ sku, name, category, price }, state) => {
      const known = exists(state, sku);
      const events: ProductEvent[] = [];
      if (name !== undefined && name !== known.name) events.push({ type: 'catalog.ProductRenamed', version: 1, data: { sku, name } });
      if (category !== undefined && category !== known.category) {
        events.push({ type: 'catalog.ProductRecategorised', version: 1, data: { sku, category } });
      }
      const next = price && checked(price);
      if (next && (next.amount !== known.price.amount || next.currency !== known.price.currency)) {
        events.push({ type: 'catalog.ProductPriced', version: 1, data: { sku, price: next } });
      }
      return events;
    },
  },
  evolve: {
    'catalog.ProductCreated': (_, { name, category, price }) => ({ exists: true, name, category, price }),
    'catalog.ProductRenamed': (state, { sku, name }) => ({ ...exists(state, sku), name }),
    'catalog.ProductRecategorised': (state, { sku, category }) => ({ ...exists(state, sku), category }),
    'catalog.ProductPriced': (state, { sku, price }) => ({ ...exists(state, sku), price }),
  },
});

function checked({ amount, currency }: Money): Money {
  ensureValid(!amount.startsWith('-'), 'catalog.price-negative', 'A price cannot be negative', { amount });
  return { amount: canonical(amount), currency };
}

function exists(state: Product, sku: string): KnownProduct {
  if (!state.exists) throw new Refusal('catalog.product-not-found', 'not-found', `There is no product ${sku}`, { sku });
  return state;
}
