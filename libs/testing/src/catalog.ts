import { StoredAggregates } from '@adapters/event-store/src/aggregate-repository.js';
import { ContextDatabase, Databases } from '@adapters/event-store/src/context-database.js';
import { PostgresEventStore, type Committed } from '@adapters/event-store/src/postgres-event-store.js';
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

/** The catalog over a Postgres database of its own, or over one that is there already: as another process of the same shop. */
export async function testCatalog({ committed = null, url }: { committed?: Committed | null; url?: string } = {}) {
  const server = url === undefined ? await testDatabase() : { url, drop: async () => undefined };
  const database = await ContextDatabase.connect({ context: 'catalog', url: server.url, migrations: catalogMigrations });
  await database.migrate();
  const [registry, scope] = [new SchemaRegistry(catalogEvents), new AsyncRequestContext()];
  const store = new PostgresEventStore(database, registry, scope, new SystemClock(), () => undefined, committed);
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  return {
    url: server.url,
    store,
    scope,
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
