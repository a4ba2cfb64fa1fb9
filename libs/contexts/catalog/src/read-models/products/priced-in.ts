import { Injectable } from '@nestjs/common';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';

const CURRENCIES = { name: 'currencies-of-products', text: `select distinct price_currency as currency from catalog.products order by 1 limit 10` };

/** In which currencies the shop's products are priced. */
@Injectable()
export class PricedIn {
  constructor(private readonly reads: TransactionalReads) {}

  /** ISO 4217, sorted; none for a shop without products. */
  async currencies(): Promise<string[]> {
    return (await this.reads.query<{ currency: string }>('catalog', CURRENCIES, [])).map(({ currency }) => currency);
  }
}
