import { KafkaCommands } from '@adapters/event-bus/src/kafka/kafka-commands.js';
import type { KafkaEventBus } from '@adapters/event-bus/src/kafka/kafka-event-bus.js';
import { TopicKeys } from '@adapters/event-bus/src/kafka/topic-keys.js';
import type { PostgresEventStores } from '@adapters/event-store/src/event-stores.js';
import { SagaEngine } from '@adapters/event-store/src/sagas/saga-engine.js';
import { SagasModule } from '@adapters/event-store/src/sagas/sagas.module.js';
import { AsyncRequestContext } from '@adapters/runtime/src/http/request-scope.js';
import type { SagaRunnerConfig } from '@composition/config/roles.js';
import { CONTEXTS } from '@composition/contexts.js';
import { breakersOf, openApplication, openRoleDatabases } from '@composition/edge.js';
import { kafkaBusOf, kafkaOf, membership } from '@composition/kafka.js';
import { shopSagas } from '@composition/shop-sagas.js';
import type { RoleParts, RunningRole } from '@composition/role/role.js';
import { WorkerModule } from '@composition/worker.module.js';
import { CommandTransport } from '@kernel/ports/command-transport.js';
import { EventStores } from '@kernel/ports/event-store.js';
import { Module } from '@nestjs/common';

@Module({})
class TransportModule {}

/** Brings sagas what happened, and sends what they ask for. */
export async function start(parts: RoleParts<SagaRunnerConfig>): Promise<RunningRole> {
  const { config, shutdown } = parts;
  const breakers = breakersOf(parts);
  const databases = await openRoleDatabases(parts, [], breakers);
  const kafka = kafkaOf(config.kafka, 'saga-runner');
  const transport = new KafkaCommands(kafka, new TopicKeys(config.kafka.secrets));
  const carrier = { provide: CommandTransport, useValue: transport };
  let bus: KafkaEventBus | null = null;
  const module = WorkerModule.forRoot({
    ...parts,
    databases,
    breakers,
    contexts: CONTEXTS,
    scope: new AsyncRequestContext(),
    bus: (stores) => (bus = kafkaBusOf(kafka, config.kafka, databases, stores)),
    engines: [membership(() => bus)],
    stores: { wakes: true },
    imports: [
      { module: TransportModule, global: true, providers: [carrier], exports: [carrier] },
      SagasModule.forRunner({ sagas: shopSagas(config), stuckSeconds: config.sagaStuckSeconds }),
    ],
  });
  const app = await openApplication(module, parts, null);
  const stores = app.get(EventStores, { strict: false }) as PostgresEventStores;
  const engine = app.get(SagaEngine, { strict: false });
  shutdown.add('the event stores', () => stores.stop());
  shutdown.add('the commands’ transport', () => transport.close());
  shutdown.add('the sagas', () => engine.stop());
  await engine.start();
  return { app };
}

/** Ordering's own processes own its database. */
export async function migrate(): Promise<void> {}
