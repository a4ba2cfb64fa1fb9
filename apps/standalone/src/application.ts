import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { Logger as NestLogger } from 'nestjs-pino';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { EventBus } from '@kernel/ports/event-bus.js';
import { EventStores } from '@kernel/ports/event-store.js';
import { RequestContext } from '@kernel/ports/request-context.js';
import { Revocations } from '@kernel/ports/revocations.js';
import { Caching } from '@adapters/cache/src/caching.js';
import { Inbox } from '@adapters/event-store/src/sagas/inbox.js';
import { carryOutLeftCommands } from '@adapters/event-store/src/sagas/left-commands.js';
import { SagaEngine } from '@adapters/event-store/src/sagas/saga-engine.js';
import { PolledRevocations } from '@adapters/event-store/src/tokens/polled-revocations.js';
import { PostgresEventStores } from '@adapters/event-store/src/event-stores.js';
import { ReadSide } from '@adapters/read-store/src/read-side.js';
import type { Config } from '@adapters/runtime/src/config.js';
import { Readiness } from '@adapters/runtime/src/health/readiness.js';
import { createHttpApp } from '@adapters/runtime/src/http/bootstrap.js';
import { PolicyBreakers } from '@adapters/runtime/src/resilience/policy-breakers.js';
import type { Secrets } from '@adapters/runtime/src/secrets.js';
import type { Shutdown } from '@adapters/runtime/src/shutdown.js';
import { measureHttp } from '@adapters/runtime/src/telemetry/http-telemetry.js';
import type { Telemetry } from '@adapters/runtime/src/telemetry/telemetry.js';
import type { Administered } from '@contexts/identity/src/commands/first-administrator.js';
import { SettledOrders } from '@contexts/ordering/src/commands/settled-orders.js';
import type { Logger } from 'pino';
import type { AdminAccount } from './admin-account.js';
import { PaymentService } from '@composition/commerce.module.js';
import { CONTEXTS } from '@composition/contexts.js';
import { openDatabases } from '@composition/databases.js';
import { ensureAdministrator, ensureCurrency } from '@composition/first-start.js';
import { OnceCommands } from './demo/once-commands.js';
import { StandaloneModule } from './standalone.module.js';

const VERSION = process.env['npm_package_version'] ?? '0.1.0';

export interface ApplicationParts {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly admin: AdminAccount;
  readonly databaseUrl: string;
  readonly clickhousePath: string;
  readonly logger: Logger;
  readonly shutdown: Shutdown;
  readonly telemetry: Telemetry;
}

export interface Application {
  readonly app: NestFastifyApplication;
  /** Whether it is the one that `admin` names who administers the shop. */
  readonly administrator: Administered;
  readonly commands: OnceCommands;
  /** To be called with the address of this server, once it listens. */
  readonly listening: (url: string) => void;
  /** Answers now those who wait for something to happen; to be called when the server takes no more requests. */
  readonly hurry: () => void;
}

/** Everything above the engines, short of listening. Adds to `shutdown` what it starts, as it starts it. */
export async function startApplication(parts: ApplicationParts): Promise<Application> {
  const { config, secrets, databaseUrl, clickhousePath, logger, shutdown, telemetry } = parts;
  const breakers = new PolicyBreakers((name, state) => logger.warn({ breaker: name, state }, `the circuit breaker of ${name} is ${state}`));
  telemetry.guard(breakers);
  const databases = await openDatabases(databaseUrl, breakers);
  shutdown.add('the database connections', () => Promise.all(databases.all().map((database) => database.close())));

  const app = await createHttpApp(StandaloneModule.forRoot({ config, secrets, databases, clickhousePath, logger, telemetry, breakers }), {
    log: logger,
    version: VERSION,
    corsOrigins: config.corsOrigins,
    trustedProxies: config.trustedProxies,
    prepare: (server) => measureHttp(server, { traces: telemetry.traces, log: logger }),
  });
  shutdown.add('the application', () => app.close());
  await app.init();
  // Not before: Nest would log a line for every route.
  app.useLogger(app.get(NestLogger));

  const [readSide, sagas, stores] = [app.get(ReadSide), app.get(SagaEngine), app.get(EventStores) as PostgresEventStores];
  // Stopped after all that commits something: other processes learn from it what they must forget.
  const caching = app.get(Caching);
  shutdown.add('the cache', () => caching.stop());
  shutdown.add('the payment service', () => app.get(PaymentService).stop());
  shutdown.add('the read side', () => readSide.stop());
  shutdown.add('the sagas', () => sagas.stop());
  shutdown.add('the sequencers', () => stores.stop());
  await caching.start(app.get(EventBus), stores);
  const revocations = app.get(Revocations) as PolledRevocations;
  shutdown.add('the revocations', () => revocations.stop());
  // This process holds the data directory alone: a lease that is still running is a dead process'.
  stores.start({ takeOver: true });
  const [administrator] = await Promise.all([
    ensureAdministrator(app, parts.admin),
    readSide.start(),
    sagas.start({ takeOver: true }),
    revocations.start(),
    ensureCurrency(app, config.shopCurrency, 'this DATA_DIR'),
  ]);
  const left = await carryOutLeftCommands({
    databases: CONTEXTS.filter((context) => context !== 'identity').map((context) => databases.get(context)),
    inbox: app.get(Inbox),
    onError: (err, what) => logger.error({ err }, what),
  });
  shutdown.add('the commands of a cluster', () => left.stop());
  if (left.commands > 0) logger.warn(`${left.commands} commands that a cluster left in its inboxes are carried out here`);
  shutdown.add('readiness', () => app.get(Readiness).markStopping());
  const payments = app.get(PaymentService);
  const listening = (url: string): void => payments.start(`${url}/api/v1/payments/callbacks/${payments.provider.name}`);
  return {
    app,
    administrator,
    commands: new OnceCommands(app.get(CommandBus), app.get(QueryBus), stores, app.get(RequestContext)),
    listening,
    hurry: () => app.get(SettledOrders).release(),
  };
}
