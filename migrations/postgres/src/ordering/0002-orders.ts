import { Migration } from '@mikro-orm/migrations';

/** Inline read model behind the list of orders; each index serves one way that the list is asked for. */
export class Orders extends Migration {
  override up(): void {
    this.addSql(`create table ordering.orders (
      id text primary key,
      user_id text,
      status text not null,
      channel text not null,
      country text not null,
      currency text not null,
      total numeric(18, 4) not null,
      units int not null,
      placed_at timestamptz(3) not null,
      version int not null
    )`);
    this.addSql(`create index orders_user_id on ordering.orders (user_id, placed_at desc, id desc)`);
    this.addSql(`create index orders_status on ordering.orders (status, placed_at desc, id desc)`);
    this.addSql(`create index orders_placed_at on ordering.orders (placed_at desc, id desc)`);
  }

  override down(): void {
    this.addSql(`drop table ordering.orders`);
  }
}
