import pg from 'pg';
import type { ReadSide } from '@adapters/read-store/src/read-side.js';

/** Every way that a text may have been written down without being sealed. */
const formsOf = (text: string): string[] => [text, Buffer.from(text).toString('hex'), encodeURIComponent(text), JSON.stringify(text).slice(1, -1)];

/** Which of the texts are in this one, in whatever case. */
export function plantsIn(haystack: string, plants: readonly string[]): string[] {
  const lower = haystack.toLowerCase();
  return plants.filter((plant) => formsOf(plant).some((form) => lower.includes(form.toLowerCase())));
}

/** `schema.table: plant` for every text found in any row of any table of a Postgres database, its own catalogue included. */
export async function plantsInPostgres(connectionString: string, plants: readonly string[]): Promise<{ found: string[]; tables: number }> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('information_schema')
       union all select format('%I.%I', schemaname, matviewname) from pg_matviews`,
    );
    const found: string[] = [];
    for (const { name } of tables.rows) {
      if (name.startsWith('pg_catalog.pg_authid') || name.startsWith('pg_catalog.pg_user_mapping')) continue;
      for (const row of await rowsOf(client, name)) for (const plant of plantsIn(row, plants)) found.push(`${name}: ${plant}`);
    }
    return { found: [...new Set(found)], tables: tables.rows.length };
  } finally {
    await client.end();
  }
}

async function rowsOf(client: pg.Client, table: string): Promise<string[]> {
  try {
    return (await client.query<{ row: string }>(`select t::text as row from ${table} t`)).rows.map(({ row }) => row);
  } catch (error) {
    // Some of Postgres' own tables are the superuser's alone.
    if ((error as { code?: string }).code === '42501' && table.startsWith('pg_catalog.')) return [];
    throw error;
  }
}

/** `table: plant` for every text found in any row of any table of the analytics engine. */
export async function plantsInClickHouse(side: ReadSide, plants: readonly string[]): Promise<{ found: string[]; tables: number }> {
  const session = side.clickhouse.reading;
  const tables = await session.rows<{ name: string }>(
    `SELECT concat(database, '.', name) AS name FROM system.tables WHERE database NOT IN ('system', 'INFORMATION_SCHEMA', 'information_schema')`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = JSON.stringify(await session.rows(`SELECT * FROM ${name}`));
    for (const plant of plantsIn(rows, plants)) found.push(`${name}: ${plant}`);
  }
  return { found, tables: tables.length };
}
