import { ContextDatabase } from '@adapters/event-store/src/context-database.js';
import { testDatabase, type TestDatabase } from '@testing/postgres.js';
import pg from 'pg';
import { SoldStock } from './0004-sold-stock.js';
import { catalogMigrations } from './index.js';

const STEP = catalogMigrations.findIndex(({ class: step }) => step === SoldStock);

describe('the catalog’s step to stock that orders reserve', () => {
  let server: TestDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    server = await testDatabase();
    client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await migrate(catalogMigrations.slice(0, STEP));
    await client.query(`
      insert into catalog.event (id, stream_id, stream_version, type, version, data, digest, occurred_at, recorded_at, correlation_id)
        select gen_random_uuid(), 'product-MUG', v, 'catalog.ProductCreated', 1, '{}', '', now(), '2020-01-01T12:00:00Z'::timestamptz + v * interval '1 day', gen_random_uuid()
        from generate_series(1, 3) v;
      insert into catalog.products (sku, name, category, price_amount, price_currency, version) values ('MUG', 'Mug', 'Things', 2.5, 'GBP', 3);
      insert into catalog.stock (sku, on_hand, version) values ('MUG', 6, 1), ('LAMP', 5, 1)`);
  });
  afterAll(async () => {
    await client.end();
    await server.drop();
  });

  async function migrate(migrations: typeof catalogMigrations) {
    const database = await ContextDatabase.connect({ context: 'catalog', url: server.url, migrations });
    await database.migrate();
    await database.close();
  }
  const rows = async (sql: string) => (await client.query<Record<string, unknown>>(sql)).rows;

  it('goes up over the rows of an older release, and back down', async () => {
    const tables = `select table_name, column_name from information_schema.columns where table_schema = 'catalog' and table_name in ('products', 'stock') order by 1, 2`;
    const before = [await rows(tables), await rows(`select * from catalog.products`), await rows(`select * from catalog.stock order by sku`)];
    await migrate(catalogMigrations.slice(0, STEP + 1));
    expect(await rows(`select sku, description, status, created_at from catalog.products`)).toEqual([
      { sku: 'MUG', description: '', status: 'active', created_at: new Date('2020-01-02T12:00:00Z') },
    ]);
    expect(await rows(`select sku, on_hand, reserved, low, in_stock from catalog.stock order by sku`)).toEqual([
      { sku: 'LAMP', on_hand: 5, reserved: 0, low: true, in_stock: true },
      { sku: 'MUG', on_hand: 6, reserved: 0, low: false, in_stock: true },
    ]);
    const step = new SoldStock(undefined as never, undefined as never);
    step.down();
    for (const query of step.getQueries()) await client.query(query as string);
    expect([await rows(tables), await rows(`select * from catalog.products`), await rows(`select * from catalog.stock order by sku`)]).toEqual(
      before,
    );
  });
});
