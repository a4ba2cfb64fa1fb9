import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@testing/eventually.js';
import { serverDirectory } from '@testing/server.js';
import { Cluster } from '../../scripts/cluster/cluster.mjs';
import { freePorts } from '../../scripts/engines/server-process.mjs';
import { serverOf } from '../support/cluster-server.js';
import { day } from '../support/days.js';
import { runDataCli, type CliRun } from '../support/run-cli.js';
import { Shop, type Answer, type Person } from '../support/shop-client.js';

const LONG_MS = 420_000;
const SETTLE_MS = 120_000;
const SETTLED = 12;
/** Together no more than one page of orders. */
const MEANWHILE = 60;
const scale = { identity: 1, catalog: 1, ordering: 1, 'query-api': 1, projector: 1, 'saga-runner': 1 };

let cluster: Cluster;
let customer: Person;
let sku: string;
let taken: CliRun;
let restored: CliRun;
let shop: Shop;
/** What was answered 201 before the backup began: id by key. */
const before = new Map<string, string>();

async function start(dataDir: string, enginesOnly = false): Promise<Cluster> {
  const [port] = (await freePorts(1)) as [number];
  const environment = { RATE_LIMIT: 'off', SIMULATED_PAYMENT_DELAY_MS: '0' };
  return Cluster.start({ dataDir, port, scale, environment, enginesOnly, rate: 100_000, burst: 100_000 });
}

const order = (who: Person, key: string): Promise<Answer> =>
  who.post('/orders', { lines: [{ sku, quantity: 2 }], country: 'France' }, { 'idempotency-key': key });
const orders = async () => (await shop.admin.get<{ items: { id: string; status: string }[] }>('/orders?limit=100')).body.items;
const totals = async () =>
  (await shop.admin.get<{ totals: unknown }>(`/analytics/sales?from=${day(-1)}&to=${day(2)}&grain=day`)).body.totals as Record<string, unknown>;

/** Every order has come to its end, and the figures are those of as many orders. */
const settled = (atLeast: number) =>
  eventually(async () => {
    const all = await orders();
    expect(all.length).toBeGreaterThanOrEqual(atLeast);
    expect(all.filter(({ status }) => status !== 'confirmed')).toEqual([]);
    expect(await totals()).toMatchObject({ orders: all.length, units: 2 * all.length });
  }, SETTLE_MS);

/** A folder for a new cluster, which has been given the old one's master key, and its administrator's password. */
function given(from: Cluster): string {
  const dataDir = serverDirectory();
  mkdirSync(join(dataDir, 'secrets'), { recursive: true, mode: 0o700 });
  for (const name of ['master-key', 'admin-password']) copyFileSync(from.secretFile(name), join(dataDir, 'secrets', name));
  return dataDir;
}

beforeAll(async () => {
  const dataDir = serverDirectory();
  const folder = join(serverDirectory(), '..', 'backup');
  cluster = await start(dataDir);
  shop = await Shop.at(serverOf(cluster));
  [customer, sku] = await Promise.all([shop.customer(), shop.product({ amount: '3.17' })]);
  for (let each = 0; each < SETTLED; each++) before.set(`order-${each}`, String((await order(customer, `order-${each}`)).body['id']));
  await settled(SETTLED);
  // Orders, and the commands between services that they cause, go on while it is taken.
  let isOver = false;
  const load = (async () => {
    for (let each = 0; !isOver && each < MEANWHILE; each++) await order(customer, `meanwhile-${each}`);
  })();
  taken = await runDataCli(dataDir, ['backup', '--to', folder, '--json']);
  isOver = true;
  await load;
  const next = given(cluster);
  await cluster.stop();
  cluster = await start(next, true);
  restored = await runDataCli(next, ['restore', '--from', folder, '--json']);
  await cluster.stop();
  cluster = await start(next);
  customer = customer.at(serverOf(cluster));
  shop = await Shop.at(serverOf(cluster));
}, LONG_MS);
afterAll(() => cluster?.stop(), LONG_MS);

it('is backed up while it sells, and restored into empty engines, by one command each', () => {
  expect(taken).toMatchObject({ code: 0 });
  expect(restored).toMatchObject({ code: 0 });
});

it(
  'has every order that was answered before the backup began, finishes those that were under way, and its certificate is equal',
  async () => {
    await settled(SETTLED);
    const ids = (await orders()).map(({ id }) => id);
    expect([...before.values()].filter((id) => !ids.includes(id))).toEqual([]);
    const { status, body } = await shop.admin.post<{ equal: boolean }>('/admin/audit', {});
    expect({ status, equal: body.equal }).toEqual({ status: 200, equal: true });
  },
  LONG_MS,
);

it(
  'knows what it answered, and goes on selling',
  async () => {
    const again = await order(customer, 'order-3');
    expect(again).toMatchObject({ status: 201, body: { id: before.get('order-3') } });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const known = (await orders()).length;
    expect((await order(customer, 'after-the-restore')).status).toBe(201);
    await settled(known + 1);
    expect((await shop.admin.post<{ equal: boolean }>('/admin/audit', {})).body).toMatchObject({ equal: true });
  },
  LONG_MS,
);
