import { ContextDatabase } from '@adapters/event-store/src/context-database.js';
import { testDatabase, type TestDatabase } from '@testing/postgres.js';
import pg from 'pg';
import { StockThresholds } from './0005-stock-thresholds.js';
import { catalogMigrations } from './index.js';

const STEP = catalogMigrations.findIndex(({ class: step }) => step === StockThresholds);

describe('the catalog’s step to stock that tells its threshold', () => {
  let server: TestDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    server = await testDatabase();
    client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await migrate(catalogMigrations.slice(0, STEP));
    await client.query(`
      insert into catalog.event (id, stream_id, stream_version, type, version, data, digest, occurred_at, recorded_at, correlation_id)
        select gen_random_uuid(), 'stock-MUG', v, 'catalog.LowStockThresholdSet', 1, format('{"sku":"MUG","threshold":%s}', v * 10), '', now(), now(), gen_random_uuid()
        from generate_series(1, 3) v;
      insert into catalog.stock (sku, on_hand, low, version) values ('MUG', 6, true, 3), ('LAMP', 6, false, 1)`);
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

  it('takes the last that was set, else the one that every SKU had, and goes back down', async () => {
    const before = await rows('select * from catalog.stock order by sku');
    await migrate(catalogMigrations.slice(0, STEP + 1));
    expect(await rows('select sku, threshold from catalog.stock order by sku')).toEqual([
      { sku: 'LAMP', threshold: 5 },
      { sku: 'MUG', threshold: 30 },
    ]);
    const step = new StockThresholds(undefined as never, undefined as never);
    step.down();
    for (const query of step.getQueries()) await client.query(query as string);
    expect(await rows('select * from catalog.stock order by sku')).toEqual(before);
  });
});
