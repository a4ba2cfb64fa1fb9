import { Injectable } from '@nestjs/common';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';

/**
 * Goes from one currency to the next in the index by currency: a look for each, and only one where the asked one is among them. Every look is sorted: asked
 * for any product with a currency that half of them have, Postgres would read the table from its start.
 */
const OTHER_CURRENCIES = {
  name: 'currencies-of-products',
  text: `with recursive priced (currency, nth) as (
    (select price_currency, 1 from catalog.products
     where (select price_currency from catalog.products where price_currency >= $1 order by price_currency limit 1) is distinct from $1
     order by price_currency limit 1)
    union all
    select (select p.price_currency from catalog.products p where p.price_currency > priced.currency order by p.price_currency limit 1), nth + 1
    from priced where currency is not null and nth < 10)
  select currency from priced where currency is not null order by currency`,
};

/** In which currencies the shop's products are priced. */
@Injectable()
export class PricedIn {
  constructor(private readonly reads: TransactionalReads) {}

  /** The first ten, ISO 4217 and sorted, where no product has this one; none where one has, and for a shop without products. */
  async currenciesInsteadOf(currency: string): Promise<string[]> {
    return (await this.reads.query<{ currency: string }>('catalog', OTHER_CURRENCIES, [currency])).map((row) => row.currency);
  }
}
