import { Migration } from '@mikro-orm/migrations';
import { dropEventStoreTables, eventStoreTables } from '../event-store-tables.js';

export class IdentityEventStore extends Migration {
  override up(): void {
    for (const statement of eventStoreTables('identity')) this.addSql(statement);
  }

  override down(): void {
    for (const statement of dropEventStoreTables('identity')) this.addSql(statement);
  }
}
