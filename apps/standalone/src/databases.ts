import { ContextDatabase, Databases } from '@adapters/event-store/src/context-database.js';
import type { Breakers } from '@kernel/ports/breakers.js';
import { analyticsMigrations } from '@migrations/postgres/src/analytics/index.js';
import { catalogMigrations } from '@migrations/postgres/src/catalog/index.js';
import { identityMigrations } from '@migrations/postgres/src/identity/index.js';
import { orderingMigrations } from '@migrations/postgres/src/ordering/index.js';
import { paymentsSimulatorMigrations } from '@migrations/postgres/src/payments-simulator/index.js';

/** The book of the simulated payment service, which is nobody's but its own. */
export const SIMULATED_PAYMENTS = 'payments_simulator';

/** Schemas of the one embedded database, with the most connections that each takes of Postgres' 100. */
const SCHEMAS = [
  { context: 'identity', migrations: identityMigrations, poolSize: 10 },
  { context: 'catalog', migrations: catalogMigrations, poolSize: 20 },
  { context: 'ordering', migrations: orderingMigrations, poolSize: 20 },
  { context: 'analytics', migrations: analyticsMigrations, poolSize: 10 },
  { context: SIMULATED_PAYMENTS, migrations: paymentsSimulatorMigrations, poolSize: 5 },
];

/** The schemas that hold events; `analytics` only keeps the books of the read side, and a payment service its own. */
export const CONTEXTS = ['identity', 'catalog', 'ordering'] as const;

/** Connects to every schema and brings it up to date. */
export async function openDatabases(url: string, breakers: Breakers): Promise<Databases> {
  const databases = await Promise.all(SCHEMAS.map((schema) => ContextDatabase.connect({ ...schema, url, breakers })));
  await Promise.all(databases.map((database) => database.migrate()));
  return new Databases(databases);
}
