import { Injectable } from '@nestjs/common';
import { Aggregates, type Repository } from '@kernel/ports/aggregates.js';
import { product, type Product, type ProductCommand, type ProductEvent } from './domain/product.js';
import { reservation, type Reservation, type ReservationCommand, type ReservationEvent } from './domain/reservation.js';
import { returnedGoods, type ReturnedGoods, type ReturnedGoodsCommand } from './domain/returned-goods.js';
import type { ReturnRestocked } from './contract/events.js';
import { stock, type Stock, type StockCommand, type StockEvent } from './domain/stock.js';

/** The catalog's aggregates, and the rows that they leave in its inline read models. */
@Injectable()
export class Catalog {
  readonly products: Repository<Product, ProductCommand, ProductEvent>;
  readonly stock: Repository<Stock, StockCommand, StockEvent>;
  /** By order. */
  readonly reservations: Repository<Reservation, ReservationCommand, ReservationEvent>;
  /** By return. */
  readonly returns: Repository<ReturnedGoods, ReturnedGoodsCommand, ReturnRestocked>;

  constructor(aggregates: Aggregates) {
    this.products = aggregates.of('catalog', { decider: product, stream: (sku) => `product-${sku}`, inline: productRows });
    this.stock = aggregates.of('catalog', {
      decider: stock,
      stream: (sku) => `stock-${sku}`,
      // What everybody buys has a stream of many thousand events.
      snapshot: { every: 100, revision: 1 },
      inline: stockRows,
    });
    this.reservations = aggregates.of('catalog', { decider: reservation, stream: (orderId) => `reservation-${orderId}` });
    this.returns = aggregates.of('catalog', { decider: returnedGoods, stream: (returnId) => `return-${returnId}` });
  }
}

function productRows(sku: string, state: Product, version: number) {
  if (!state.exists) return [];
  const { name, description, category, price, status } = state;
  const row = { sku, name, description, category, price_amount: price.amount, price_currency: price.currency, status, version };
  return [{ table: 'products', key: 'sku', row }];
}

function stockRows(sku: string, { onHand, reserved, low, threshold }: Stock, version: number) {
  return [{ table: 'stock', key: 'sku', row: { sku, on_hand: onHand, reserved, low, threshold, version } }];
}
