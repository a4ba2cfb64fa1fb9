import type pg from 'pg';

/** A table as a backup keeps it. */
export interface StoredTable {
  readonly name: string;
  readonly columns: readonly string[];
}

/** What there is in one context's schema, read from the database itself: a table that a later release adds is in its backups at once. */
export interface StoredSchema {
  readonly name: string;
  /** Names of the migrations that made it, in their order. */
  readonly migrations: readonly string[];
  /** All but the list of migrations; each after those that it refers to. */
  readonly tables: readonly StoredTable[];
}

const MIGRATIONS = 'migration';

export async function hasSchema(client: pg.Client, name: string): Promise<boolean> {
  const { rowCount } = await client.query('select 1 from pg_namespace where nspname = $1', [name]);
  return rowCount === 1;
}

export async function describeSchema(client: pg.Client, name: string): Promise<StoredSchema> {
  const migrations = await client.query<{ name: string }>(`select name from ${name}.${MIGRATIONS} order by id`);
  const { rows } = await client.query<{ table: string; columns: string[]; parents: string[] }>(
    `select c.relname::text as table,
       array(select a.attname::text from pg_attribute a
             where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' order by a.attnum) as columns,
       array(select distinct p.relname::text from pg_constraint f join pg_class p on p.oid = f.confrelid
             where f.conrelid = c.oid and f.contype = 'f' and f.confrelid <> c.oid) as parents
     from pg_class c where c.relnamespace = $1::regnamespace and c.relkind = 'r' and c.relname <> $2 order by c.relname`,
    [name, MIGRATIONS],
  );
  const tables: StoredTable[] = [];
  const visit = ({ table, columns, parents }: (typeof rows)[number]): void => {
    if (tables.some((known) => known.name === table)) return;
    for (const row of rows) if (parents.includes(row.table)) visit(row);
    tables.push({ name: table, columns });
  };
  rows.forEach(visit);
  return { name, migrations: migrations.rows.map((row) => row.name), tables };
}

export const columnList = ({ columns }: StoredTable): string => columns.map((column) => `"${column}"`).join(', ');
