import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Relay } from '@adapters/event-bus/src/kafka/relay.js';
import { TopicKeys } from '@adapters/event-bus/src/kafka/topic-keys.js';
import type { Databases } from '@adapters/event-store/src/context-database.js';
import type { PostgresEventStores } from '@adapters/event-store/src/event-stores.js';
import type { Engine } from '@adapters/runtime/src/health/readiness.js';
import { AsyncRequestContext } from '@adapters/runtime/src/http/request-scope.js';
import type { RelayConfig } from '@composition/config/roles.js';
import type { Context } from '@composition/contexts.js';
import { breakersOf, openApplication, openRoleDatabases } from '@composition/edge.js';
import { kafkaOf } from '@composition/kafka.js';
import type { RoleParts, RunningRole } from '@composition/role/role.js';
import { WorkerModule } from '@composition/worker.module.js';
import { EventStores } from '@kernel/ports/event-store.js';

/** Gives positions to what was appended, and sends each context's log to its topic. */
export async function start(parts: RoleParts<RelayConfig>): Promise<RunningRole> {
  const { config, shutdown } = parts;
  const { contexts } = config;
  const breakers = breakersOf(parts);
  const databases = await openRoleDatabases(parts, [], breakers);
  const relays = new Map<Context, Relay>();
  const module = WorkerModule.forRoot({
    ...parts,
    databases,
    breakers,
    contexts,
    scope: new AsyncRequestContext(),
    bus: null,
    stores: { listens: true },
    imports: [],
    engines: contexts.map((context) => engineOf(context, relays)),
  });
  const app = await openApplication(module, parts, null);
  const stores = app.get(EventStores, { strict: false }) as PostgresEventStores;
  shutdown.add('the sequencers', () => stores.stop());
  for (const [context, relay] of relaysOf(config, stores, databases)) relays.set(context, relay);
  shutdown.add('the relays', () => Promise.all([...relays.values()].map((relay) => relay.stop())));
  stores.start();
  for (const relay of relays.values()) relay.start();
  return { app };
}

function relaysOf({ contexts, kafka: config }: RelayConfig, stores: PostgresEventStores, databases: Databases): [Context, Relay][] {
  const kafka = kafkaOf(config, 'relay');
  const owner = `${hostname()}:${process.pid}:${randomUUID()}`;
  const topics = { partitions: config.partitions, replication: config.replication };
  const common = { kafka, owner, topics, keys: new TopicKeys(config.secrets) };
  return contexts.map((context) => [context, new Relay({ ...common, log: stores.log(context), database: databases.get(context) })]);
}

/** A relay that waits for its lease is as ready as one that has it. */
const engineOf = (context: Context, relays: ReadonlyMap<Context, Relay>): Engine => ({
  name: `relay of ${context}`,
  ping: async () => {
    const failure = relays.get(context)?.failure;
    if (failure) throw failure;
  },
});

/** The contexts' own processes own their databases. */
export async function migrate(): Promise<void> {}
