import type { Writable } from 'node:stream';
import type pg from 'pg';
import { from } from 'pg-copy-streams';
import { connectedClient, type Connection } from '../connection.js';
import { COPY_SETTINGS, headOf, type Head } from './database-snapshot.js';
import { columnList, describeSchema, hasSchema, type StoredTable } from './stored-schema.js';

/** Tables with a row from the first migration on. */
const NEVER_EMPTY = new Set(['sequencer', 'relay', 'gate']);

/** One database that a backup is brought back to: all of it becomes visible with `commit`, or nothing does. */
export class DatabaseTarget {
  private constructor(private readonly client: pg.Client) {}

  static async connect(connection: Connection): Promise<DatabaseTarget> {
    const client = await connectedClient(connection, 'nebulocart-restore');
    await client.query(COPY_SETTINGS);
    return new DatabaseTarget(client);
  }

  /** Keeps every other restore out of this database, until this connection ends. @throws Error where one is at work */
  async claim(): Promise<void> {
    const { rows } = await this.client.query<{ mine: boolean }>(`select pg_try_advisory_lock(hashtextextended('nebulocart.restore', 0)) as mine`);
    if (!rows[0]!.mine) throw new Error('another restore is at work there');
  }

  /** A table of the schema with something in it; undefined where there is nothing. */
  async occupied(schema: string): Promise<string | undefined> {
    if (!(await hasSchema(this.client, schema))) return undefined;
    const { rows } = await this.client.query<{ name: string }>(
      `select c.relname::text as name from pg_class c where c.relnamespace = $1::regnamespace and c.relkind = 'r' and c.relname <> 'migration'`,
      [schema],
    );
    for (const { name } of rows.filter((row) => !NEVER_EMPTY.has(row.name))) {
      const { rowCount } = await this.client.query(`select 1 from ${schema}.${name} limit 1`);
      if (rowCount !== 0) return name;
    }
    return undefined;
  }

  /** Removes a schema without anything in it, so that it can be made as it was. */
  async drop(schema: string): Promise<void> {
    await this.client.query(`drop schema if exists ${schema} cascade`);
  }

  async begin(): Promise<void> {
    await this.client.query('begin');
  }

  /** Makes room for what the backup holds, and keeps what is copied from having effects. @throws Error where the tables are others */
  async prepare(schema: string, tables: readonly StoredTable[]): Promise<void> {
    const made = await describeSchema(this.client, schema);
    const names = (all: readonly StoredTable[]) => all.map((table) => `${table.name} (${table.columns.join(', ')})`).sort();
    const [wanted, there] = [names(tables), names(made.tables)];
    if (wanted.join() !== there.join())
      throw new Error(
        `the migrations of ${schema} make other tables than the backup holds: ${wanted.filter((name) => !there.includes(name)).join('; ')}`,
      );
    await this.client.query(`truncate ${tables.map(({ name }) => `${schema}.${name}`).join(', ')}`);
    for (const { name } of tables) await this.client.query(`alter table ${schema}.${name} disable trigger user`);
  }

  copy(schema: string, table: StoredTable): Writable & { readonly rowCount: number } {
    return this.client.query(from(`copy ${schema}.${table.name} (${columnList(table)}) from stdin`));
  }

  async finish(schema: string, tables: readonly StoredTable[], sequences: Readonly<Record<string, string>>): Promise<void> {
    for (const { name } of tables) await this.client.query(`alter table ${schema}.${name} enable trigger user`);
    for (const [name, value] of Object.entries(sequences)) await this.client.query('select setval($1::regclass, $2)', [`${schema}.${name}`, value]);
  }

  /** The leases of processes that are no more, and how far they had published: their topics are not these ones. */
  async forgetProcesses(schema: string): Promise<void> {
    await this.client.query(`update ${schema}.sequencer set owner = null, lease_until = '-infinity'`);
    await this.client.query(
      `update ${schema}.relay set epoch = epoch + 1, owner = null, lease_until = '-infinity', position = 0, partitions = null, last = '{}'`,
    );
  }

  head(schema: string): Promise<Head> {
    return headOf(this.client, schema);
  }

  async rows<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.client.query(text, [...values])).rows as Row[];
  }

  async commit(): Promise<void> {
    await this.client.query('commit');
  }

  /** Takes back what was not committed. */
  async close(): Promise<void> {
    await this.client.end();
  }
}
