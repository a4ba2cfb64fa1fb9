import { setTimeout as sleep } from 'node:timers/promises';
import { ContextDatabase, Databases, type ListedMigration } from '@adapters/event-store/src/context-database.js';
import { letReaderRead } from '@adapters/event-store/src/log-readers.js';
import { StartupError } from '@adapters/runtime/src/startup-error.js';
import { analyticsMigrations } from '@migrations/postgres/src/analytics/index.js';
import { catalogMigrations } from '@migrations/postgres/src/catalog/index.js';
import { identityMigrations } from '@migrations/postgres/src/identity/index.js';
import { orderingMigrations } from '@migrations/postgres/src/ordering/index.js';
import { paymentsSimulatorMigrations } from '@migrations/postgres/src/payments-simulator/index.js';
import type { Breakers } from '@kernel/ports/breakers.js';
import type { DatabasesConfig } from './config/role-sections.js';
import { ANALYTICS, CONTEXTS, SIMULATED_PAYMENTS, type DatabaseName } from './contexts.js';

export const MIGRATIONS: Readonly<Record<DatabaseName, readonly ListedMigration[]>> = {
  identity: identityMigrations,
  catalog: catalogMigrations,
  ordering: orderingMigrations,
  [ANALYTICS]: analyticsMigrations,
  [SIMULATED_PAYMENTS]: paymentsSimulatorMigrations,
};

/** Schemas of the one embedded database, with the most connections that each takes of Postgres' 100. */
const EMBEDDED_POOLS: Readonly<Record<DatabaseName, number>> = { identity: 10, catalog: 20, ordering: 20, analytics: 10, [SIMULATED_PAYMENTS]: 5 };

/** Longest that a process waits for a database to answer, and then for another process to migrate it, ms. */
const AWAIT_MS = 60_000;
/** From one try to reach a database to the next, ms. */
const PAUSE_MS = 250;

/** Connects to every schema of one database and brings it up to date. */
export async function openDatabases(url: string, breakers?: Breakers): Promise<Databases> {
  const schemas = Object.entries(EMBEDDED_POOLS) as [DatabaseName, number][];
  const databases = await Promise.all(
    schemas.map(([context, poolSize]) =>
      ContextDatabase.connect({ context, migrations: MIGRATIONS[context], poolSize, url, ...(breakers && { breakers }) }),
    ),
  );
  await Promise.all(databases.map((database) => database.migrate()));
  return new Databases(databases);
}

/** Connects to the databases of a role, each one its own. Nothing is asked of them yet. */
export async function connectDatabases({ byName, ...pools }: DatabasesConfig, breakers?: Breakers): Promise<Databases> {
  const reached = Object.entries(byName) as [DatabaseName, { url: string; replicaUrl: string | undefined }][];
  const connect = ([context, { url, replicaUrl }]: (typeof reached)[number]) =>
    ContextDatabase.connect({
      context,
      migrations: MIGRATIONS[context],
      url,
      poolSize: pools.poolSize,
      idleMs: pools.idleMs,
      connectMs: pools.connectMs,
      ...(breakers && { breakers }),
      ...(pools.ca !== undefined && { ca: pools.ca }),
      ...(replicaUrl !== undefined && { replicaUrl }),
    });
  return new Databases(await Promise.all(reached.map(connect)));
}

/** Waits until every database answers: engines and processes start in any order. @throws StartupError where one does not for a minute */
async function reachDatabases(databases: Databases): Promise<void> {
  await Promise.all(databases.all().map((database) => reach(database)));
}

async function reach(database: ContextDatabase): Promise<void> {
  for (const deadline = performance.now() + AWAIT_MS; ; await sleep(PAUSE_MS)) {
    const failure = await database.ping().then(
      () => null,
      (error: unknown) => error as Error,
    );
    if (!failure) return;
    if (performance.now() > deadline)
      throw new StartupError(`the database of ${database.context} does not answer: ${failure.message || (failure as { code?: string }).code}.`);
  }
}

/** Brings those up to date that a role owns: a job of its own before a rollout, with an account that may change tables. */
export async function migrateDatabases(config: DatabasesConfig, owned: readonly DatabaseName[]): Promise<void> {
  const byName = Object.fromEntries(Object.entries(config.byName).filter(([name]) => owned.includes(name as DatabaseName)));
  const databases = await connectDatabases({ ...config, byName });
  try {
    await prepareDatabases(databases, owned, 'run');
  } finally {
    await Promise.all(databases.all().map((database) => database.close()));
  }
}

/**
 * Has every database as this release needs it. A release's migrations only add, so that the processes of the release before go on beside it: whoever owns
 * a database migrates it, one process at a time, and the others wait for that.
 * @throws StartupError where nobody does
 */
export async function prepareDatabases(databases: Databases, owned: readonly DatabaseName[], migrations: 'run' | 'wait'): Promise<void> {
  await reachDatabases(databases);
  for (const name of migrations === 'run' ? owned : []) await migrateOwned(databases.get(name));
  const others = databases.all().filter(({ context }) => migrations === 'wait' || !owned.includes(context as DatabaseName));
  await Promise.all(others.map((database) => awaitMigrations(database)));
}

async function migrateOwned(database: ContextDatabase): Promise<void> {
  await database.migrate();
  if (CONTEXTS.some((context) => context === database.context)) await letReaderRead(database);
}

async function awaitMigrations(database: ContextDatabase): Promise<void> {
  const names = MIGRATIONS[database.context as DatabaseName].map(({ name }) => name);
  try {
    await database.awaitMigrations(names, AWAIT_MS);
  } catch (error) {
    throw new StartupError(`the database of ${database.context} is not ready after ${AWAIT_MS / 1_000} s: ${(error as Error).message}.`);
  }
}
