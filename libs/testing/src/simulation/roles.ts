import { KafkaEventBus } from '@adapters/event-bus/src/kafka/kafka-event-bus.js';
import { Relay } from '@adapters/event-bus/src/kafka/relay.js';
import { ClickHouseSession } from '@adapters/read-store/src/clickhouse.js';
import { Intents } from '@adapters/read-store/src/landing/intents.js';
import { Landing } from '@adapters/read-store/src/landing/landing.js';
import type { ReadSideDatabase } from '@adapters/read-store/src/databases.js';
import type { BusMessage } from '@kernel/ports/event-bus.js';
import type { MemoryLogs } from '../memory-log.js';
import type { Broker } from './broker.js';
import type { Checkpoints } from './checkpoints.js';
import type { LandingTables } from './landing-tables.js';
import { Dead, type LedgerRow, type LedgerStore } from './ledger-store.js';
import type { RelayRow } from './relay-row.js';
import { RepeatingBus } from './repeating-bus.js';
import { RemoteLogs } from './remote-log.js';
import type { Service, World } from './world.js';
import { TEST_KEYS } from '../topic-keys.js';

/** The engines of one world, and how its processes are set. */
export interface Engines {
  readonly world: World;
  readonly logs: MemoryLogs;
  readonly postgres: Service;
  readonly clickhouse: Service;
  readonly broker: Broker;
  readonly tables: LandingTables;
  readonly relays: ReadonlyMap<string, RelayRow>;
  readonly store: LedgerStore;
  readonly checkpoints: Checkpoints;
  readonly partitions: number;
  readonly maxRows: number;
  readonly lingerMs: number;
}

/** What a process is made of: it begins, and can be asked to end. */
export interface Role {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Patience is a tenth of what it is in production: a schedule is to be over soon, and what is due when must only keep its proportions. */
const TIMING = { idleMs: 400, maxRetryMs: 500, sessionTimeoutMs: 1_500, maxBuffered: 60, tailMs: 600, commitMs: 250, silenceMs: 3_500 };
const FENCED_MS = 2_000;
export const SESSION_MS = TIMING.sessionTimeoutMs;

const busOf = (engines: Engines, logs: RemoteLogs): KafkaEventBus =>
  new KafkaEventBus({
    kafka: engines.broker.client(),
    keys: TEST_KEYS,
    stores: logs,
    databases: { get: (context) => remote(engines, engines.relays.get(context)!, (row, { name }, values) => row.execute(name, values), context) },
    partitions: engines.partitions,
    onPoison: async () => undefined,
    options: TIMING,
  });

/** A database as a process has it: over the network. */
function remote<Target>(
  { world, postgres }: Engines,
  target: Target,
  execute: (target: Target, statement: { name: string; text: string }, values: readonly unknown[]) => unknown[],
  context = 'analytics',
) {
  return {
    context,
    query: <Row>(statement: { name: string; text: string }, values: readonly unknown[]): Promise<Row[]> =>
      world.call(
        postgres,
        () => `${/analytics\.\w+\(|^\w+ .*/.exec(statement.text.trim())?.[0]} ${JSON.stringify(values)}`,
        () => execute(target, statement, values) as Row[],
      ),
  };
}

const analyticsOf = (engines: Engines): ReadSideDatabase =>
  remote(engines, engines.tables, (tables, { text }, values) => tables.execute(text, values)) as ReadSideDatabase;

export const intentsOf = (engines: Engines): Intents => new Intents(analyticsOf(engines));
export { analyticsOf };

/** ClickHouse's client, as far as landing uses it. */
function sessionOf({ world, clickhouse, store }: Engines): ClickHouseSession {
  const client = {
    insert: ({ table, values }: { table: string; values: readonly LedgerRow[] }) =>
      world.call(
        clickhouse,
        () => `insert ${values.map(({ context, position }) => `${context[0]}${position}`).join(',')} by intent ${values[0]?.intent}`,
        () => {
          try {
            store.insert(table, values, (tables) => (world.faults.strikes('half an insert', 0.03) ? world.random.below(tables + 1) : null));
          } catch (error) {
            throw error instanceof Dead ? clickhouse.broken() : error;
          }
        },
      ),
  };
  return new ClickHouseSession(client as never, 120);
}

/** Lands every context, as a projector does once its tables are there. */
export function projector(engines: Engines, name: string): Role {
  const logs = new RemoteLogs(engines.world, engines.postgres, engines.logs);
  const bus = new RepeatingBus(busOf(engines, logs), engines.world);
  const limits = { maxRows: engines.maxRows, maxBytes: 4_000, lingerMs: engines.lingerMs, fencedMs: FENCED_MS };
  const parts = { session: sessionOf(engines), intents: intentsOf(engines), bus, owner: name };
  const landings = engines.logs.contexts().map((context) => new Landing(context, { ...parts, log: logs.log(context) }, limits));
  return {
    start: async () => {
      for (const landing of landings) await landing.resendOpen();
      for (const landing of landings) {
        landing.onAdvance(() => engines.tables.onKnown(landing.context, landing.watermark));
        await landing.start();
      }
    },
    stop: async () => void (await Promise.all(landings.map((landing) => landing.stop()))),
  };
}

/** Sends every context's log to its topic. */
export function relay(engines: Engines, name: string): Role {
  const logs = new RemoteLogs(engines.world, engines.postgres, engines.logs);
  const relays = engines.logs.contexts().map(
    (context) =>
      new Relay({
        kafka: engines.broker.client(),
        keys: TEST_KEYS,
        log: logs.log(context),
        database: remote(engines, engines.relays.get(context)!, (row, { name: what }, values) => row.execute(what, values), context),
        owner: name,
        topics: { partitions: engines.partitions, replication: 1 },
        options: { maxBatch: 12, maxBytes: 6_000, leaseMs: 2_000, idleMs: 400, maxRetryMs: 500 },
      }),
  );
  return {
    start: async () => relays.forEach((each) => each.start()),
    stop: async () => void (await Promise.all(relays.map((each) => each.stop()))),
  };
}

/** Follows every topic for the sagas: what it has handled is stored with what came of it. */
export function sagaRunner(engines: Engines): Role {
  const { world, postgres, checkpoints } = engines;
  const bus = busOf(engines, new RemoteLogs(world, postgres, engines.logs));
  const subscriptions: { close(): Promise<void> }[] = [];
  const handle = (context: string, messages: readonly BusMessage[]): Promise<void> =>
    world.call(
      postgres,
      () => `sagas of ${context} take ${messages.map(({ event }) => event.position).join(',')}`,
      () => checkpoints.handle(context, messages),
    );
  return {
    start: async () => {
      for (const context of engines.logs.contexts()) {
        const from = (partition: number): Promise<number> =>
          world.call(
            postgres,
            () => `checkpoint of ${context}/${partition}?`,
            () => checkpoints.of(context, partition),
          );
        subscriptions.push(
          await bus.subscribe({ context, group: 'sagas', from, maxBatch: 10, lingerMs: 0, onBatch: (messages) => handle(context, messages) }),
        );
      }
    },
    stop: async () => void (await Promise.all(subscriptions.map((each) => each.close()))),
  };
}
