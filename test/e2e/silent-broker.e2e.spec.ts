import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StoredAggregates } from '@adapters/event-store/src/aggregate-repository.js';
import type { Databases } from '@adapters/event-store/src/context-database.js';
import { PostgresEventStores } from '@adapters/event-store/src/event-stores.js';
import { AsyncRequestContext } from '@adapters/runtime/src/http/request-scope.js';
import { SystemClock } from '@adapters/runtime/src/system-clock.js';
import { openDatabases } from '@composition/databases.js';
import { orderingEvents } from '@contexts/ordering/src/contract/events.js';
import { Orders } from '@contexts/ordering/src/orders.js';
import { SchemaRegistry } from '@kernel/schema-registry.js';
import { eventually } from '@testing/eventually.js';
import { TestKafka } from '@testing/kafka.js';
import { newOrder } from '@testing/ordering.js';
import { testDatabase, type TestDatabase } from '@testing/postgres.js';
import { TcpProxy } from '@testing/tcp-proxy.js';
import { freePorts, launch, untilReady, type ServerProcess } from '../../scripts/engines/server-process.mjs';

/** Whoever keeps processes kills what has not gone by then. */
const GRACE_MS = 60_000;
const START_MS = 120_000;
/** Relays' and consumers' own patience with a broker is longer than the first and shorter than the second. */
const SHORT_MS = 2_000;
const LONG_MS = 40_000;

/** A process of a role, from dist. */
interface Role {
  readonly server: ServerProcess;
  readonly url: string;
  output(): string;
}

let proxy: TcpProxy;
let broker: TestKafka;
let server: TestDatabase;
let databases: Databases;
let orders: Orders;
const roles: Role[] = [];
const folder = mkdtempSync(join(process.env['NEBULOCART_TEST_ENGINES'] ?? tmpdir(), 'silent-broker-'));
const secret = randomBytes(24).toString('hex');

beforeAll(async () => {
  [broker, server] = await Promise.all([TestKafka.start({ through: async (url) => (proxy = await TcpProxy.before(url)).via(url) }), testDatabase()]);
  databases = await openDatabases(server.url);
  const [registry, scope] = [new SchemaRegistry(orderingEvents), new AsyncRequestContext()];
  const stores = new PostgresEventStores({
    databases: [databases.get('ordering')],
    registry,
    scope,
    clock: new SystemClock(),
    onError: () => undefined,
    wakes: true,
  });
  orders = new Orders(new StoredAggregates(stores, registry, scope));
}, START_MS);

afterAll(async () => {
  await Promise.all(roles.map(({ server: role }) => role.kill()));
  await Promise.all((databases?.all() ?? []).map((database) => database.close()));
  await proxy?.close();
  await broker?.drop();
  await server?.drop();
});

async function start(name: 'relay' | 'saga-runner', shutdownMs: number): Promise<Role> {
  const [port] = (await freePorts(1)) as [number];
  const log = join(folder, `${name}-${shutdownMs}.log`);
  const env = {
    PATH: process.env['PATH'],
    HOST: '127.0.0.1',
    PORT: String(port),
    LOG_FORMAT: 'json',
    IDENTITY_DATABASE_URL: server.url,
    CATALOG_DATABASE_URL: server.url,
    ORDERING_DATABASE_URL: server.url,
    KAFKA_BROKERS: broker.brokers.join(),
    KAFKA_PARTITIONS: '2',
    KAFKA_REPLICATION: '1',
    RPC_SECRET: secret,
    SHUTDOWN_TIMEOUT_MS: String(shutdownMs),
  };
  const program = join(process.cwd(), 'dist', 'apps', name, 'src', 'main.js');
  const launched = launch({ name, command: process.execPath, args: [program], log, env });
  const role = { server: launched, url: `http://127.0.0.1:${port}`, output: () => readFileSync(log, 'utf8') };
  roles.push(role);
  const isReady = (): Promise<boolean> =>
    fetch(`${role.url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  await untilReady(role.server, isReady, { log });
  return role;
}

const place = (orderId: string) => orders.repository.create(orderId, newOrder(orderId), () => ({ status: 201, body: null }));

const count = async (name: string, from: string): Promise<number> => {
  const [row] = await databases.get('ordering').query<{ n: string }>({ name, text: `select count(*) as n from ${from}` }, []);
  return Number(row!.n);
};

/** Both roles at work: the relay has sent, the sagas have read, and what they ask for has left. */
async function atWork(shutdownMs: number): Promise<readonly [Role, Role]> {
  const both = await Promise.all([start('relay', shutdownMs), start('saga-runner', shutdownMs)]);
  await place(`before-${shutdownMs}`);
  await eventually(async () => {
    expect(await count('begun', `ordering.saga where id = 'before-${shutdownMs}'`)).toBe(1);
    expect(await count('unsent', 'ordering.command_outbox')).toBe(0);
  }, START_MS);
  return both;
}

/** From now on nobody is answered; the relay has a batch in hand. */
async function silence(relay: Role, shutdownMs: number): Promise<void> {
  proxy.hang();
  await place(`in-silence-${shutdownMs}`);
  await eventually(async () => {
    const metrics = await (await fetch(`${relay.url}/metrics`)).text();
    // Or more: what the workflow of the order before has appended may not have been sent either.
    expect(metrics).toMatch(/^bus_relay_lag\{[^}]*context="ordering"[^}]*\} [1-9]\d*$/m);
  }, START_MS);
}

/** As whoever keeps processes ends one. */
async function ended({ server: role }: Role) {
  await role.stop(GRACE_MS, 'SIGTERM');
  return role.exited;
}

describe('while the broker takes connections and answers nobody', () => {
  it(
    'a role that is told to stop is gone after SHUTDOWN_TIMEOUT_MS, with code 1, and says what hung',
    async () => {
      const both = await atWork(SHORT_MS);
      await silence(both[0], SHORT_MS);
      expect(await Promise.all(both.map(ended))).toEqual(both.map(() => ({ code: 1, signal: null })));
      const [relay, sagas] = both.map((role) => role.output());
      expect(relay).toContain('the relays did not stop within 2 s: ending all the same');
      expect(sagas).toMatch(/(the sagas|the commands’ transport|the application) did not stop within 2 s: ending all the same/);
    },
    2 * START_MS,
  );

  it(
    'a role that has the time leaves what its broker does not take, and ends in order with code 0',
    async () => {
      proxy.goOn();
      const both = await atWork(LONG_MS);
      await silence(both[0], LONG_MS);
      expect(await Promise.all(both.map(ended))).toEqual(both.map(() => ({ code: 0, signal: null })));
      expect(both[0].output()).toContain('the broker does not take the last batch');
    },
    2 * START_MS,
  );
});
