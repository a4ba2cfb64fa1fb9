import type { KafkaEventBus } from '@adapters/event-bus/src/kafka/kafka-event-bus.js';
import { isConnectionFailure } from '@adapters/event-store/src/connection-failure.js';
import { Databases } from '@adapters/event-store/src/context-database.js';
import type { PostgresEventStores } from '@adapters/event-store/src/event-stores.js';
import { LogSignal } from '@adapters/event-store/src/log-signal.js';
import { LANDING_CALLS } from '@adapters/read-store/src/landing/landing-calls.js';
import { ReadSide } from '@adapters/read-store/src/read-side.js';
import { ReadStoreModule } from '@adapters/read-store/src/read-store.module.js';
import { AsyncRequestContext } from '@adapters/runtime/src/http/request-scope.js';
import type { ProjectorConfig } from '@composition/config/roles.js';
import { ANALYTICS, CONTEXTS, type DatabaseName } from '@composition/contexts.js';
import { migrateDatabases } from '@composition/databases.js';
import { breakersOf, openApplication, openRoleDatabases } from '@composition/edge.js';
import { kafkaBusOf, kafkaOf, membership } from '@composition/kafka.js';
import { readModels } from '@composition/read-models.js';
import type { RoleParts, RunningRole } from '@composition/role/role.js';
import { WorkerModule } from '@composition/worker.module.js';
import { EventStores } from '@kernel/ports/event-store.js';

const OWNED: readonly DatabaseName[] = [ANALYTICS];

/** Lands the topics in ClickHouse. */
export async function start(parts: RoleParts<ProjectorConfig>): Promise<RunningRole> {
  const { config, shutdown } = parts;
  const breakers = breakersOf(parts);
  const databases = await openRoleDatabases(parts, OWNED, breakers);
  const calls = new LogSignal(databases.get(ANALYTICS).connection, LANDING_CALLS);
  shutdown.add('the landing calls', () => calls.close());
  const kafka = kafkaOf(config.kafka, 'projector');
  let bus: KafkaEventBus | null = null;
  let readSide: ReadSide | null = null;
  const module = WorkerModule.forRoot({
    ...parts,
    databases,
    breakers,
    contexts: CONTEXTS,
    scope: new AsyncRequestContext(),
    bus: (stores) => (bus = kafkaBusOf(kafka, config.kafka, databases, stores)),
    engines: [{ name: 'clickhouse', ping: async () => readSide?.ping() ?? Promise.reject(new Error('not started yet')) }, membership(() => bus)],
    imports: [
      ReadStoreModule.forRoot({
        clickhouse: config.clickhouse,
        breakers,
        ...readModels,
        roles: ['lands'],
        soleOwner: false,
        isAway: isConnectionFailure,
        calls,
        databases: Databases,
      }),
    ],
  });
  const app = await openApplication(module, parts, null);
  const stores = app.get(EventStores, { strict: false }) as PostgresEventStores;
  const landing = app.get(ReadSide, { strict: false });
  readSide = landing;
  shutdown.add('the event stores', () => stores.stop());
  shutdown.add('the read side', () => landing.stop());
  // It waits for a ClickHouse that is away; meanwhile this process tells so.
  return { app, starting: landing.start() };
}

export const migrate = (config: ProjectorConfig): Promise<void> => migrateDatabases(config.databases, OWNED);
