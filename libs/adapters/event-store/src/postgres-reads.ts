import type { RequestContext } from '@kernel/ports/request-context.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import type { Databases } from './context-database.js';

/** Answers reads from the context's own database, and lists from its replica where it has one. */
export class PostgresReads extends TransactionalReads {
  constructor(
    private readonly databases: Pick<Databases, 'get'>,
    private readonly scope?: RequestContext,
  ) {
    super();
  }

  query<Row extends object>(context: string, statement: { name: string; text: string }, values: readonly unknown[]): Promise<Row[]> {
    return this.databases.get(context).query<Row>(named(context, statement), values);
  }

  override list<Row extends object>(context: string, statement: { name: string; text: string }, values: readonly unknown[]): Promise<Row[]> {
    if (this.scope?.current().consistencyToken !== undefined) return this.query(context, statement, values);
    return this.databases.get(context).queryReplica<Row>(named(context, statement), values);
  }
}

const named = (context: string, { name, text }: { name: string; text: string }) => ({ name: `${context}.${name}`, text });
