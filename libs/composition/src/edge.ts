import type { DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Caching } from '@adapters/cache/src/caching.js';
import type { Databases } from '@adapters/event-store/src/context-database.js';
import type { PostgresEventStores } from '@adapters/event-store/src/event-stores.js';
import { PolledRevocations } from '@adapters/event-store/src/tokens/polled-revocations.js';
import type { RpcServer } from '@adapters/rpc/src/rpc-server.js';
import type { EdgeConfig } from '@adapters/runtime/src/config/sections.js';
import { createHttpApp, type HttpAppOptions } from '@adapters/runtime/src/http/bootstrap.js';
import { PolicyBreakers } from '@adapters/runtime/src/resilience/policy-breakers.js';
import { measureHttp } from '@adapters/runtime/src/telemetry/http-telemetry.js';
import type { Breakers } from '@kernel/ports/breakers.js';
import { EventBus } from '@kernel/ports/event-bus.js';
import { EventStores } from '@kernel/ports/event-store.js';
import { Revocations } from '@kernel/ports/revocations.js';
import { Logger as NestLogger } from 'nestjs-pino';
import { connectDatabases, prepareDatabases } from './databases.js';
import type { DatabasesConfig, RoleConfig, RpcConfig } from './config/role-sections.js';
import type { DatabaseName } from './contexts.js';
import { portError } from './port-check.js';
import type { RoleParts } from './role/role.js';

const VERSION = process.env['npm_package_version'] ?? '0.1.0';

/** Circuit breakers that tell of their opening and closing. */
export const breakersOf = ({ logger, shutdown, telemetry }: Pick<RoleParts<unknown>, 'logger' | 'shutdown' | 'telemetry'>): PolicyBreakers => {
  const breakers = new PolicyBreakers((name, state) => logger.warn({ breaker: name, state }, `the circuit breaker of ${name} is ${state}`));
  shutdown.add('the measuring of circuit breakers', () => breakers.stop());
  telemetry.guard(breakers);
  return breakers;
};

/** The databases of a role, as this release needs them. */
export async function openRoleDatabases(
  { config, shutdown }: RoleParts<{ readonly databases: DatabasesConfig }>,
  owned: readonly DatabaseName[],
  breakers: Breakers,
): Promise<Databases> {
  const databases = await connectDatabases(config.databases, breakers);
  shutdown.add('the database connections', () => Promise.all(databases.all().map((database) => database.close())));
  await prepareDatabases(databases, owned, config.databases.migrations);
  return databases;
}

/** A Nest application of a role, with every module initialised. */
export async function openApplication(
  module: DynamicModule,
  { config, logger, shutdown, telemetry }: RoleParts<RoleConfig & Partial<EdgeConfig>>,
  document: HttpAppOptions['document'],
): Promise<NestFastifyApplication> {
  const app = await createHttpApp(module, {
    log: logger,
    version: VERSION,
    ...(document !== undefined && { document }),
    ...(config.corsOrigins && { corsOrigins: config.corsOrigins }),
    ...(config.trustedProxies && { trustedProxies: config.trustedProxies }),
    prepare: (server) => measureHttp(server, { traces: telemetry.traces, log: logger }),
  });
  shutdown.add('the application', () => app.close());
  await app.init();
  // Not before: Nest would log a line for every route.
  app.useLogger(app.get(NestLogger));
  return app;
}

/** Starts what every edge has behind it: its stores, its cache, and what tokens were taken back. */
export async function startEdge(app: NestFastifyApplication, { shutdown }: Pick<RoleParts<unknown>, 'shutdown'>): Promise<void> {
  const stores = app.get(EventStores, { strict: false }) as PostgresEventStores;
  shutdown.add('the event stores', () => stores.stop());
  const caching = app.get(Caching, { strict: false });
  shutdown.add('the cache', () => caching.stop());
  await caching.start(app.get(EventBus, { strict: false }), stores);
  const revocations = app.get(Revocations, { strict: false }) as PolledRevocations;
  shutdown.add('the revocations', () => revocations.stop());
  await revocations.start();
}

/** From now on other services are answered. @throws StartupError where the port cannot be listened on */
export async function answerServices(
  server: RpcServer,
  { config, logger, shutdown }: Pick<RoleParts<{ readonly rpc: Pick<RpcConfig, 'host' | 'port'> }>, 'config' | 'logger' | 'shutdown'>,
): Promise<void> {
  shutdown.add('the answers to other services', () => server.stop());
  const port = await server.start().catch((error: NodeJS.ErrnoException) => {
    throw portError(error, config.rpc.host, config.rpc.port, { prefix: 'RPC_', command: '' });
  });
  logger.info({ port }, 'answers other services');
}
