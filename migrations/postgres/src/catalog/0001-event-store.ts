import { Migration } from '@mikro-orm/migrations';
import { dropEventStoreTables, eventStoreTables } from '../event-store-tables.js';

export class CatalogEventStore extends Migration {
  override up(): void {
    for (const statement of eventStoreTables('catalog')) this.addSql(statement);
  }

  override down(): void {
    for (const statement of dropEventStoreTables('catalog')) this.addSql(statement);
  }
}
