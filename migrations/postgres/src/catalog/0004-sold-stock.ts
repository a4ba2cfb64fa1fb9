import { Migration } from '@mikro-orm/migrations';

/** Products that are described and retired, and listed by name, price and age; stock that orders reserve. */
export class SoldStock extends Migration {
  override up(): void {
    this.addSql(`alter table catalog.products
      add column description text not null default '',
      add column status text not null default 'active' check (status in ('active', 'retired')),
      add column created_at timestamptz(3)`);
    // Row and first event were written by one transaction.
    this.addSql(`update catalog.products p set created_at = e.recorded_at
      from catalog.event e where e.stream_id = 'product-' || p.sku and e.stream_version = 1`);
    this.addSql(`update catalog.products set created_at = now() where created_at is null`);
    // The row's upsert does not name it, so it stays what it was when the product was new.
    this.addSql(`alter table catalog.products alter column created_at set default now(), alter column created_at set not null`);
    this.addSql(`create index products_status on catalog.products (status, sku)`);
    this.addSql(`create index products_by_name on catalog.products (name, sku)`);
    this.addSql(`create index products_by_price on catalog.products (price_currency, price_amount, sku)`);
    this.addSql(`create index products_by_age on catalog.products (created_at, sku)`);
    // A column of its own: an index over the counts themselves would be written anew with every reservation.
    this.addSql(`alter table catalog.stock
      add column reserved int not null default 0,
      add column low boolean not null default true,
      add column in_stock boolean not null generated always as (on_hand > reserved) stored,
      add constraint stock_not_oversold check (reserved >= 0 and reserved <= on_hand)`);
    // The threshold that every SKU had until one could be set.
    this.addSql(`update catalog.stock set low = on_hand <= 5`);
    this.addSql(`create index stock_in_stock on catalog.stock (sku) where in_stock`);
  }

  override down(): void {
    this.addSql(`drop index catalog.stock_in_stock`);
    this.addSql(`alter table catalog.stock drop constraint stock_not_oversold, drop column in_stock, drop column low, drop column reserved`);
    for (const index of ['products_by_age', 'products_by_price', 'products_by_name', 'products_status']) this.addSql(`drop index catalog.${index}`);
    this.addSql(`alter table catalog.products drop column created_at, drop column status, drop column description`);
  }
}
