import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@testing/eventually.js';
import { serverDirectory } from '@testing/server.js';
import { Cluster } from '../../scripts/cluster/cluster.mjs';
import { freePorts } from '../../scripts/engines/server-process.mjs';
import { serverOf } from '../support/cluster-server.js';
import { day } from '../support/days.js';
import { Shop, type Answer, type Person } from '../support/shop-client.js';

const START_MS = 180_000;
/** Longest that a killed process may take until it serves again, ms: the role's own start on two busy cores. */
const RECOVERY_MS = 90_000;

interface Sales {
  readonly totals: { readonly orders: number; readonly units: number };
}

let dataDir: string;
let cluster: Cluster;
let shop: Shop;
let customer: Person;
let sku: string;
let placed = 0;

const secret = (name: string): string => readFileSync(cluster.secretFile(name), 'utf8');

beforeAll(async () => {
  dataDir = serverDirectory();
  const [port] = (await freePorts(1)) as [number];
  cluster = await Cluster.start({
    dataDir,
    port,
    // Two of what a request needs: one alone is away while it is restarted.
    scale: { identity: 2, catalog: 2, ordering: 3, 'query-api': 2, projector: 1, 'saga-runner': 1 },
    environment: { RATE_LIMIT: 'off', SIMULATED_PAYMENT_DELAY_MS: '0' },
    rate: 100_000,
    burst: 100_000,
  });
  shop = await Shop.at(serverOf(cluster));
  [customer, sku] = await Promise.all([shop.customer(), shop.product()]);
}, START_MS);
afterAll(() => cluster?.stop(), START_MS);

/** Tries again where a connection was lost or a service is away. */
async function again(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await ask().catch((error: Error) => error);
    if (!(answer instanceof Error) && answer.status !== 503) return answer;
  }
}

/** An order whose key makes a second try harmless. */
async function order(key = randomUUID()): Promise<Answer> {
  const answer = await again(() => customer.post('/orders', { lines: [{ sku, quantity: 1 }], country: 'France' }, { 'idempotency-key': key }));
  if (answer.status === 201) placed += 1;
  return answer;
}

const counted = () =>
  eventually(async () => {
    const { body } = await shop.admin.get<Sales>(`/analytics/sales?from=${day(-1)}&to=${day(2)}&grain=day`);
    expect(body.totals).toMatchObject({ orders: placed, units: placed });
  }, RECOVERY_MS);

const allReady = () => eventually(() => expect(cluster.members.filter(({ isReady }) => !isReady).map(({ name }) => name)).toEqual([]), RECOVERY_MS);

it('has every role of the distributed topology behind one entry', () => {
  const names = cluster.members.map(({ name }) => name);
  for (const name of [
    'postgres',
    'kafka',
    'redis',
    'clickhouse',
    'gateway',
    'identity-2',
    'catalog-2',
    'ordering-3',
    'query-api-2',
    'projector-1',
    'saga-runner-1',
    'relay-1',
  ])
    expect(names).toContain(name);
});

it('sells: what a service answers 201 goes through Kafka into the analysts’ figures, and through its workflow', async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => order()));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
  await counted();
  await eventually(async () => {
    const { body } = await customer.get(`/orders/${String(answers[0]!.body['id'])}`);
    expect(body).toMatchObject({ status: 'confirmed' });
  }, RECOVERY_MS);
});

it(
  'goes on while processes are killed, and starts them again',
  async () => {
    await Promise.all(['ordering-1', 'projector-1', 'saga-runner-1', 'relay-1'].map((name) => cluster.member(name).kill()));
    const answers = await Promise.all(Array.from({ length: 10 }, () => order()));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    await allReady();
    await counted();
  },
  2 * RECOVERY_MS,
);

it(
  'loses no request over a rolling restart of every process, beyond connections that are tried again',
  async () => {
    let isOver = false;
    const statuses: number[] = [];
    const placedIds: string[] = [];
    const load = Array.from({ length: 3 }, async () => {
      while (!isOver) {
        const { status, body } = await order();
        if (status === 201) placedIds.push(String(body['id']));
        statuses.push(status, (await again(() => shop.admin.get(`/products/${sku}`))).status);
        // The machine's cores are for those who start.
        await sleep(100);
      }
    });
    const before = cluster.members.map(({ name, pid }) => ({ name, pid }));
    await cluster.rollingRestart().finally(() => (isOver = true));
    await Promise.all(load);
    expect(statuses.filter((status) => status !== 201 && status !== 200)).toEqual([]);
    expect(placedIds.length).toBeGreaterThan(20);
    expect(new Set(placedIds).size).toBe(placedIds.length);
    const stayed = before.filter(({ name, pid }) => cluster.member(name).pid === pid).map(({ name }) => name);
    expect(stayed).toEqual(['postgres', 'kafka', 'redis', 'clickhouse', 'gateway']);
    const found = await Promise.all(placedIds.map(async (id) => (await again(() => customer.get(`/orders/${id}`))).status));
    expect(found.filter((status) => status !== 200)).toEqual([]);
    await counted();
    expect((await shop.admin.post('/admin/audit', {})).body).toMatchObject({ equal: true });
  },
  12 * RECOVERY_MS,
);

it('keeps its secrets in closed files: no process is told one, and no log holds one', () => {
  const folder = join(dataDir, 'secrets');
  const secrets = readdirSync(folder).map((name) => ({ name, mode: statSync(join(folder, name)).mode & 0o777, text: secret(name).trim() }));
  expect(secrets.map(({ name, mode }) => [name, mode])).toEqual(secrets.map(({ name }) => [name, 0o600]));
  const texts = secrets.map(({ text }) => text);
  const logs = readdirSync(join(dataDir, 'logs')).map((name) => readFileSync(join(dataDir, 'logs', name), 'utf8'));
  const told = cluster.members.flatMap(({ pid }) => [readFileSync(`/proc/${pid}/environ`, 'utf8'), readFileSync(`/proc/${pid}/cmdline`, 'utf8')]);
  for (const where of [...logs, ...told]) expect(texts.filter((text) => where.includes(text))).toEqual([]);
});

it(
  'stops cleanly, with nothing left behind',
  async () => {
    const pids = cluster.members.map(({ pid }) => pid!);
    await cluster.stop();
    expect(pids.filter((pid) => existsSync(`/proc/${pid}/exe`))).toEqual([]);
    expect(existsSync(join(dataDir, 'lock'))).toBe(false);
    expect(readdirSync(join(dataDir, 'run'))).toEqual([]);
  },
  START_MS,
);
