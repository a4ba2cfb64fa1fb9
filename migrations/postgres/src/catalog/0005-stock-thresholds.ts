import { Migration } from '@mikro-orm/migrations';

/** Stock that tells its threshold, and the products of which it is not low, so that the others are found without a look at each. */
export class StockThresholds extends Migration {
  override up(): void {
    // What every SKU had until another was set.
    this.addSql(`alter table catalog.stock add column threshold int not null default 5`);
    this.addSql(`update catalog.stock s set threshold = latest.threshold
      from (select distinct on (stream_id) stream_id, (data::jsonb ->> 'threshold')::int as threshold
            from catalog.event where type = 'catalog.LowStockThresholdSet' order by stream_id, stream_version desc) latest
      where latest.stream_id = 'stock-' || s.sku`);
    this.addSql(`create index stock_sufficient on catalog.stock (sku) where not low`);
  }

  override down(): void {
    this.addSql(`drop index catalog.stock_sufficient`);
    this.addSql(`alter table catalog.stock drop column threshold`);
  }
}
