import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import type { Databases } from './context-database.js';

/** Answers reads from the context's own database. */
export class PostgresReads extends TransactionalReads {
  constructor(private readonly databases: Databases) {
    super();
  }

  query<Row extends object>(context: string, statement: { name: string; text: string }, values: readonly unknown[]): Promise<Row[]> {
    return this.databases.get(context).query<Row>({ name: `${context}.${statement.name}`, text: statement.text }, values);
  }
}
