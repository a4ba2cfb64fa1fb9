import { StoredAggregates } from '@adapters/event-store/src/aggregate-repository.js';
import { ContextDatabase, Databases } from '@adapters/event-store/src/context-database.js';
import { PostgresEventStore } from '@adapters/event-store/src/postgres-event-store.js';
import { PostgresReads } from '@adapters/event-store/src/postgres-reads.js';
import { AsyncRequestContext } from '@adapters/runtime/src/http/request-scope.js';
import { SystemClock } from '@adapters/runtime/src/system-clock.js';
import { Catalog } from '@contexts/catalog/src/catalog.js';
import { catalogEvents } from '@contexts/catalog/src/contract/events.js';
import type { EventStores } from '@kernel/ports/event-store.js';
import { SchemaRegistry } from '@kernel/schema-registry.js';
import { catalogMigrations } from '@migrations/postgres/src/catalog/index.js';
import pg from 'pg';
import { testDatabase } from './postgres.js';

/** The catalog over a Postgres database of its own. */
export async function testCatalog() {
  const server = await testDatabase();
  const database = await ContextDatabase.connect({ context: 'catalog', url: server.url, migrations: catalogMigrations });
  await database.migrate();
  const [registry, scope] = [new SchemaRegistry(catalogEvents), new AsyncRequestContext()];
  const store = new PostgresEventStore(database, registry, scope, new SystemClock());
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  return {
    store,
    registry,
    catalog: new Catalog(new StoredAggregates({ store: () => store } as unknown as EventStores, registry, scope)),
    reads: new PostgresReads(new Databases([database])),
    /** Asks behind the catalog's back, on one connection. */
    ask: async <Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> => (await client.query<Row>(sql)).rows,
    close: async () => {
      await client.end();
      await database.close();
      await server.drop();
    },
  };
}

export type TestCatalog = Awaited<ReturnType<typeof testCatalog>>;
