import { Injectable } from '@nestjs/common';
import { Aggregates, type Repository } from '@kernel/ports/aggregates.js';
import { product, type Product, type ProductCommand, type ProductEvent } from './domain/product.js';
import { stock, type Stock, type StockCommand, type StockEvent } from './domain/stock.js';

/** The catalog's aggregates, and the rows that they leave in its inline read models. */
@Injectable()
export class Catalog {
  readonly products: Repository<Product, ProductCommand, ProductEvent>;
  readonly stock: Repository<Stock, StockCommand, StockEvent>;

  constructor(aggregates: Aggregates) {
    this.products = aggregates.of('catalog', { decider: product, stream: (sku) => `product-${sku}`, inline: productRows });
    this.stock = aggregates.of('catalog', {
      decider: stock,
      stream: (sku) => `stock-${sku}`,
      inline: (sku, { onHand }, version) => [{ table: 'stock', key: 'sku', row: { sku, on_hand: onHand, version } }],
    });
  }
}

function productRows(sku: string, state: Product, version: number) {
  if (!state.exists) return [];
  const { name, category, price } = state;
  const row = { sku, name, category, price_amount: price.amount, price_currency: price.currency, version };
  return [{ table: 'products', key: 'sku', row }];
}
