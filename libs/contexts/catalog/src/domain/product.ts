import { decider, type DomainCommand } from '@kernel/decider.js';
import { canonical, type Money } from '@kernel/money.js';
import { ensure, ensureValid, Refusal } from '@kernel/refusal.js';
import type { ProductCreated, ProductDescribed, ProductPriced, ProductRecategorised, ProductRenamed, ProductRetired } from '../contract/events.js';

interface Details {
  readonly name: string;
  /** Empty where nobody wrote one. */
  readonly description: string;
  readonly category: string;
  readonly price: Money;
}
export interface KnownProduct extends Details {
  readonly exists: true;
  /** A retired product is no longer sold or changed. What is left of it can still be counted, and orders can still come back. */
  readonly status: 'active' | 'retired';
}
export type Product = { readonly exists: false } | KnownProduct;

export type ProductCommand =
  | DomainCommand<
      'CreateProduct',
      Omit<Details, 'description'> & { readonly sku: string; readonly description?: string; readonly createdAt?: string }
    >
  | DomainCommand<'ChangeProduct', { readonly sku: string } & Partial<Details>>
  | DomainCommand<'RetireProduct', { readonly sku: string }>;

export type ProductEvent = ProductCreated | ProductRenamed | ProductDescribed | ProductRecategorised | ProductPriced | ProductRetired;

/** A product: what it is called, where it belongs, what it costs, and whether it is still sold. */
export const product = decider<Product, ProductCommand, ProductEvent>({
  initial: { exists: false },
  decide: {
    CreateProduct: ({ sku, name, description, category, price, createdAt }, state) => {
      ensure(!state.exists, 'catalog.product-exists', `There is a product ${sku} already`, { sku });
      const at = createdAt !== undefined && { occurredAt: createdAt };
      const created: ProductEvent = { type: 'catalog.ProductCreated', version: 1, data: { sku, name, category, price: checked(price) }, ...at };
      return description ? [created, { type: 'catalog.ProductDescribed', version: 1, data: { sku, description }, ...at }] : [created];
    },
    ChangeProduct: ({ sku, ...asked }, state) => {
      const known = existing(state, sku);
      ensure(known.status === 'active', 'catalog.product-retired', `Product ${sku} is retired: it changes no more`, { sku });
      return changes(sku, known, { ...asked, ...(asked.price && { price: checked(asked.price) }) });
    },
    RetireProduct: ({ sku }, state) =>
      existing(state, sku).status === 'retired' ? [] : [{ type: 'catalog.ProductRetired', version: 1, data: { sku } }],
  },
  evolve: {
    'catalog.ProductCreated': (_, { name, category, price }) => ({ exists: true, status: 'active', name, description: '', category, price }),
    'catalog.ProductRenamed': (state, { sku, name }) => ({ ...existing(state, sku), name }),
    'catalog.ProductDescribed': (state, { sku, description }) => ({ ...existing(state, sku), description }),
    'catalog.ProductRecategorised': (state, { sku, category }) => ({ ...existing(state, sku), category }),
    'catalog.ProductPriced': (state, { sku, price }) => ({ ...existing(state, sku), price }),
    'catalog.ProductRetired': (state, { sku }) => ({ ...existing(state, sku), status: 'retired' }),
  },
});

/** What is as it was asked to be makes no event, so a repeated change is harmless. */
function changes(sku: string, known: KnownProduct, { name, description, category, price }: Partial<Details>): ProductEvent[] {
  const events: ProductEvent[] = [];
  if (name !== undefined && name !== known.name) events.push({ type: 'catalog.ProductRenamed', version: 1, data: { sku, name } });
  if (description !== undefined && description !== known.description) {
    events.push({ type: 'catalog.ProductDescribed', version: 1, data: { sku, description } });
  }
  if (category !== undefined && category !== known.category) {
    events.push({ type: 'catalog.ProductRecategorised', version: 1, data: { sku, category } });
  }
  if (price && (price.amount !== known.price.amount || price.currency !== known.price.currency)) {
    events.push({ type: 'catalog.ProductPriced', version: 1, data: { sku, price } });
  }
  return events;
}

function checked({ amount, currency }: Money): Money {
  ensureValid(!amount.startsWith('-'), 'catalog.price-negative', 'A price cannot be negative', { amount });
  return { amount: canonical(amount), currency };
}

function existing(state: Product, sku: string): KnownProduct {
  if (!state.exists) throw new Refusal('catalog.product-not-found', 'not-found', `There is no product ${sku}`, { sku });
  return state;
}
