import { Migration } from '@mikro-orm/migrations';

/** Inline read models of the catalog: products as they are listed and searched, and the sellable stock. */
export class Products extends Migration {
  override up(): void {
    this.addSql(`create table catalog.products (
      sku text primary key,
      name text not null,
      category text not null,
      price_amount numeric(18, 4) not null,
      price_currency text not null,
      version int not null
    )`);
    this.addSql(`create index products_category on catalog.products (category, sku)`);
    this.addSql(`create index products_name on catalog.products using gin (to_tsvector('simple', name))`);
    this.addSql(`create table catalog.stock (
      sku text primary key,
      on_hand int not null,
      version int not null
    )`);
  }

  override down(): void {
    this.addSql(`drop table catalog.stock`);
    this.addSql(`drop table catalog.products`);
  }
}
