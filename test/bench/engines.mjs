import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const DIST = join(import.meta.dirname, '..', '..', 'dist');
const CONTEXTS = ['identity', 'catalog', 'ordering'];

/** A module as it was built: the benchmark runs what `npm start` runs. */
export const built = (path) => import(pathToFileURL(join(DIST, path)).href);

/** A folder for throw-away data. */
export function scratch() {
  const directory = mkdtempSync(join(tmpdir(), 'nebulocart-bench-'));
  return { path: join(directory, 'var'), remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/**
 * The event stores of the shop in this process, over a Postgres of its own with the settings and the durability of production,
 * with their sequencers running.
 */
export async function openStores({ follow }) {
  const { startPostgres } = await built('libs/adapters/runtime/src/embedded/postgres.js');
  const directory = scratch();
  const postgres = await startPostgres({ dataDir: directory.path, logger: { info: () => undefined, warn: () => undefined } });
  follow(postgres.pid);
  const stores = await connectStores(postgres.url());
  stores.stores.start({ takeOver: true });
  return {
    ...stores,
    dataDir: directory.path,
    url: postgres.url(),
    close: async () => {
      await stores.close();
      await postgres.stop();
      directory.remove();
    },
  };
}

/** The event stores over a database that is there, without sequencers: a server that runs on it gives the positions. */
export async function connectStores(url) {
  const [{ openDatabases }, { PostgresEventStores }, { StoredAggregates }] = await Promise.all([
    built('libs/composition/src/databases.js'),
    built('libs/adapters/event-store/src/event-stores.js'),
    built('libs/adapters/event-store/src/aggregate-repository.js'),
  ]);
  const [registry, scope, databases] = [await everyEvent(), requestScope(), await openDatabases(url)];
  const stores = new PostgresEventStores({
    databases: CONTEXTS.map((context) => databases.get(context)),
    registry,
    scope,
    clock: { now: () => new Date().toISOString() },
    onError: (error, what) => console.error(what, error),
  });
  return {
    databases,
    stores,
    scope,
    aggregates: new StoredAggregates(stores, registry, scope),
    close: async () => {
      await stores.stop();
      await Promise.all(databases.all().map((database) => database.close()));
    },
  };
}

async function everyEvent() {
  const { SchemaRegistry } = await built('libs/kernel/src/schema-registry.js');
  const contracts = await Promise.all(CONTEXTS.map((context) => built(`libs/contexts/${context}/src/contract/events.js`)));
  return new SchemaRegistry(CONTEXTS.flatMap((context, index) => contracts[index][`${context}Events`]));
}

/** The scope that a request over HTTP would have opened. */
const requestScope = () => {
  const correlationId = randomUUID();
  const scope = {
    requestId: 'bench',
    actor: 'bench',
    principal: { id: 'bench', roles: ['customer'], permissions: [] },
    correlationId,
    causationId: null,
    traceparent: `00-${correlationId.replaceAll('-', '')}-${correlationId.slice(-12)}0000-00`,
    idempotency: null,
    expectedVersion: null,
  };
  return { current: () => scope, run: (_scope, work) => work() };
};
