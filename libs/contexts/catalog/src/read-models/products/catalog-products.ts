import { Injectable } from '@nestjs/common';
import { GatheredLookup } from '@kernel/gathered-lookup.js';
import { canonical } from '@kernel/money.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import { Products, type SellableProduct } from '../../contract/products.js';

type Row = { sku: string; name: string; category: string; price_amount: string; price_currency: string; sellable: boolean; available: number };

const FIND = {
  name: 'find-products',
  text: `select p.sku, p.name, p.category, p.price_amount::text, p.price_currency, p.status = 'active' as sellable,
    coalesce(s.on_hand - s.reserved, 0) as available
  from catalog.products p left join catalog.stock s on s.sku = p.sku where p.sku = any($1)`,
};

/** Answers the other contexts in-process, from the catalog's own tables. */
@Injectable()
export class CatalogProducts extends Products {
  private readonly lookup: GatheredLookup<string, SellableProduct>;

  constructor(reads: TransactionalReads) {
    super();
    this.lookup = new GatheredLookup(async (skus) => {
      const rows = await reads.query<Row>('catalog', FIND, [skus]);
      return new Map(rows.map((row) => [row.sku, toProduct(row)]));
    });
  }

  find(skus: readonly string[]): Promise<ReadonlyMap<string, SellableProduct>> {
    return this.lookup.find(skus);
  }
}

const toProduct = ({ sku, name, category, price_amount, price_currency, sellable, available }: Row): SellableProduct => ({
  sku,
  name,
  category,
  price: { amount: canonical(price_amount), currency: price_currency },
  sellable,
  available,
});
