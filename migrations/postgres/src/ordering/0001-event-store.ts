import { Migration } from '@mikro-orm/migrations';
import { dropEventStoreTables, eventStoreTables } from '../event-store-tables.js';

export class OrderingEventStore extends Migration {
  override up(): void {
    for (const statement of eventStoreTables('ordering')) this.addSql(statement);
  }

  override down(): void {
    for (const statement of dropEventStoreTables('ordering')) this.addSql(statement);
  }
}
