import { Migration } from '@mikro-orm/migrations';
import { dropSagaTables, sagaTables } from '../saga-tables.js';

/** The sagas whose goals ordering serves: fulfilment and returns. */
export class OrderingSagas extends Migration {
  override up(): void {
    for (const statement of sagaTables('ordering')) this.addSql(statement);
  }

  override down(): void {
    for (const statement of dropSagaTables('ordering')) this.addSql(statement);
  }
}
