import { analyticsMigrations } from '@migrations/postgres/src/analytics/index.js';
import { catalogMigrations } from '@migrations/postgres/src/catalog/index.js';
import { identityMigrations } from '@migrations/postgres/src/identity/index.js';
import { orderingMigrations } from '@migrations/postgres/src/ordering/index.js';
import { paymentsSimulatorMigrations } from '@migrations/postgres/src/payments-simulator/index.js';
import { testDatabase, type TestDatabase } from '@testing/postgres.js';
import pg from 'pg';
import { ContextDatabase, type ListedMigration } from './context-database.js';

/** Everything that a schema holds, a line each: columns, constraints, indexes, functions and first rows. */
const INVENTORY = `
  select format('column %s.%s %s %s %s', table_name, column_name, data_type, is_nullable, coalesce(column_default, '-')) as line
    from information_schema.columns where table_schema = $1
  union all select format('constraint %s %s', conrelid::regclass, pg_get_constraintdef(oid)) from pg_constraint where connamespace = $1::regnamespace
  union all select indexdef from pg_indexes where schemaname = $1
  union all select pg_get_functiondef(oid) from pg_proc where pronamespace = $1::regnamespace
  union all select format('sequence %s', sequencename) from pg_sequences where schemaname = $1
  union all select format('type %s', typname) from pg_type where typnamespace = $1::regnamespace and typtype in ('e', 'd')
  order by 1`;

describe.each<[string, readonly ListedMigration[], readonly string[]]>([
  ['identity', identityMigrations, ['users_email_key']],
  ['catalog', catalogMigrations, ['products_category', 'products_name']],
  ['ordering', orderingMigrations, ['orders_user_id', 'orders_status']],
  ['analytics', analyticsMigrations, ['landing_intent_open']],
  ['payments_simulator', paymentsSimulatorMigrations, ['charge_settles_at', 'callback_due_at']],
])('the migrations of %s', (context, migrations, indexes) => {
  let server: TestDatabase;
  let database: ContextDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    server = await testDatabase();
    database = await ContextDatabase.connect({ context, url: server.url, migrations });
    client = new pg.Client({ connectionString: server.url });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.close();
    await server.drop();
  });

  const inventory = async (): Promise<string[]> => {
    const { rows } = await client.query<{ line: string }>(INVENTORY, [context]);
    return rows.map(({ line }) => line).filter((line) => !/^\S+ (?:\w+\.)?migration(?:_id_seq)?\b|INDEX migration_pkey/.test(line));
  };

  it('go up, down to nothing, and up again to the same', async () => {
    await database.migrate();
    const up = await inventory();
    for (const index of indexes) expect(up.join('\n')).toContain(` ${index} ON `);
    await database.migrateDown();
    expect(await inventory()).toEqual([]);
    await database.migrate();
    expect(await inventory()).toEqual(up);
  });

  it('change nothing when there is nothing to do', async () => {
    await database.migrate();
    const before = await inventory();
    await database.migrate();
    expect(await inventory()).toEqual(before);
  });
});
