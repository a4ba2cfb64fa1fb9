import { Injectable } from '@nestjs/common';
import { canonical } from '@kernel/money.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import { Products, type SellableProduct } from '../../contract/products.js';

type Row = { sku: string; name: string; category: string; price_amount: string; price_currency: string };

/** Questions that wait for the next look-up: what they ask for, and how they are told. */
interface Waiting {
  readonly skus: Set<string>;
  readonly answer: Promise<ReadonlyMap<string, SellableProduct>>;
}

/**
 * Answers the other contexts in-process, from the catalog's own table. One look-up is under way at a time, and all that is asked meanwhile
 * goes into the next: every answer is as fresh as one of its own would be, and a shop under load asks once for many orders.
 */
@Injectable()
export class CatalogProducts extends Products {
  private underWay: Promise<unknown> | null = null;
  private waiting: Waiting | null = null;

  constructor(private readonly reads: TransactionalReads) {
    super();
  }

  async find(skus: readonly string[]): Promise<ReadonlyMap<string, SellableProduct>> {
    const found = await this.gathered(skus);
    return new Map(skus.flatMap((sku) => (found.has(sku) ? [[sku, found.get(sku)!]] : [])));
  }

  /** These products, and those that others asked for at the same time. */
  private gathered(skus: readonly string[]): Promise<ReadonlyMap<string, SellableProduct>> {
    if (!this.underWay) return this.start(skus);
    this.waiting ??= this.next(this.underWay);
    for (const sku of skus) this.waiting.skus.add(sku);
    return this.waiting.answer;
  }

  private next(underWay: Promise<unknown>): Waiting {
    const skus = new Set<string>();
    const begin = () => {
      this.waiting = null;
      return this.start([...skus]);
    };
    return { skus, answer: underWay.then(begin, begin) };
  }

  private start(skus: readonly string[]): Promise<ReadonlyMap<string, SellableProduct>> {
    const found = this.lookUp(skus);
    const release = () => {
      if (this.underWay === found) this.underWay = null;
    };
    this.underWay = found;
    found.then(release, release);
    return found;
  }

  private async lookUp(skus: readonly string[]): Promise<ReadonlyMap<string, SellableProduct>> {
    const statement = {
      name: 'find-products',
      text: `select sku, name, category, price_amount::text, price_currency from catalog.products where sku = any($1)`,
    };
    const rows = await this.reads.query<Row>('catalog', statement, [skus]);
    return new Map(
      rows.map(({ sku, name, category, price_amount, price_currency }) => [
        sku,
        { sku, name, category, price: { amount: canonical(price_amount), currency: price_currency } },
      ]),
    );
  }
}
