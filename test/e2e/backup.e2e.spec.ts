import { copyFileSync, cpSync, mkdirSync, readFileSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@testing/eventually.js';
import { serverDirectory, startServer, type TestServer } from '@testing/server.js';
import { day } from '../support/days.js';
import { runDataCli, type CliRun } from '../support/run-cli.js';
import { Shop, type Person } from '../support/shop-client.js';

const LONG_MS = 240_000;
const SETTLE_MS = 90_000;

interface Summary {
  readonly contexts: Readonly<Record<string, { readonly events: number; readonly position: number; readonly waiting: number }>>;
}

interface Certificate {
  readonly equal: boolean;
}

const masterKey = (dataDir: string): string => join(dataDir, 'secrets', 'master-key');

/** An empty data directory that has been given the master key. */
function emptySystem(keyFrom: string): string {
  const dataDir = serverDirectory();
  mkdirSync(join(dataDir, 'secrets'), { recursive: true, mode: 0o700 });
  copyFileSync(masterKey(keyFrom), masterKey(dataDir));
  return dataDir;
}

let shop: Shop;
let customer: Person;
let sku: string;
let folder: string;
let figures: unknown;
let orders: unknown[];
let taken: CliRun;

const sales = async (at: Shop): Promise<unknown> => (await at.admin.get(`/analytics/sales?from=${day(-1)}&to=${day(2)}&grain=day`)).body['totals'];
const lists = async (at: Shop): Promise<unknown[]> => (await at.admin.get<{ items: unknown[] }>('/orders?limit=100')).body.items;
const order = (who: Person, key: string) => who.post('/orders', { lines: [{ sku, quantity: 2 }], country: 'France' }, { 'idempotency-key': key });

beforeAll(async () => {
  shop = await Shop.open({ env: { SIMULATED_PAYMENT_DELAY_MS: '0' } });
  [customer, sku] = await Promise.all([shop.customer(), shop.product({ amount: '3.17' })]);
  for (let each = 0; each < 25; each++) await order(customer, `order-${each}`);
  await eventually(async () => {
    orders = await lists(shop);
    figures = await sales(shop);
    const confirmed = orders.filter((one) => (one as { status: string }).status === 'confirmed').length;
    const counted = (figures as { orders: number }).orders;
    if (confirmed !== 25 || counted !== 25) throw new Error(`${confirmed} orders are confirmed and ${counted} counted`);
  }, SETTLE_MS);
  folder = join(serverDirectory(), '..', 'backup');
  // The server goes on: what it is asked meanwhile must not matter.
  taken = await runDataCli(shop.server.dataDir, ['backup', '--to', folder, '--json']);
}, LONG_MS);
afterAll(() => shop?.close());

it('keeps every table of the event stores, in closed files, and no key that opens them', () => {
  expect(taken).toMatchObject({ code: 0 });
  const files = readdirSync(folder);
  for (const name of [
    'identity.subject_key',
    'identity.credential',
    'identity.signing_keys',
    'ordering.receipt',
    'ordering.saga',
    'catalog.event_log',
  ])
    expect(files).toContain(`${name}.copy.gz`);
  expect(files.filter((name) => (statSync(join(folder, name)).mode & 0o077) !== 0)).toEqual([]);
  const key = readFileSync(masterKey(shop.server.dataDir), 'utf8').trim();
  expect(readFileSync(join(folder, 'manifest.json'), 'utf8')).not.toContain(key);
  expect(taken.json<Summary>().contexts['ordering']!.events).toBeGreaterThan(100);
});

it('writes no backup over another', async () => {
  const run = await runDataCli(shop.server.dataDir, ['backup', '--to', folder]);
  expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('is not empty, and no backup is written over another') });
});

describe('brought into an empty system', () => {
  let restored: TestServer;
  let again: Shop;
  let run: CliRun;

  beforeAll(async () => {
    await shop.server.stop();
    const dataDir = emptySystem(shop.server.dataDir);
    run = await runDataCli(dataDir, ['restore', '--from', folder]);
    restored = await startServer({ dataDir, env: { SIMULATED_PAYMENT_DELAY_MS: '0' } });
    again = await Shop.at(restored);
  }, LONG_MS);
  afterAll(() => restored?.dispose());

  it('has every order and every figure, to the cent, and its certificate is equal', async () => {
    expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('Restored the backup of') });
    await eventually(async () => expect(await sales(again)).toEqual(figures), SETTLE_MS);
    expect(await lists(again)).toEqual(orders);
    const { status, body } = await again.admin.post<Certificate>('/admin/audit', {});
    expect({ status, equal: body.equal }).toEqual({ status: 200, equal: true });
  });

  it('knows those who knew it, and what they were answered', async () => {
    const { status, headers } = await order(known(), 'order-3');
    expect(status).toBe(201);
    expect(headers.get('idempotent-replayed')).toBe('true');
    expect(await lists(again)).toEqual(orders);
  });

  it('goes on: an order is taken and paid, positions go on without a gap, and the certificate stays equal', async () => {
    const { status, body } = await order(known(), 'after-the-restore');
    expect(status).toBe(201);
    await eventually(async () => {
      expect((await again.admin.get(`/orders/${String(body['id'])}`)).body).toMatchObject({ status: 'confirmed' });
      expect(await sales(again)).toMatchObject({ orders: 26, units: 52 });
    }, SETTLE_MS);
    expect((await again.admin.post<Certificate>('/admin/audit', {})).body).toMatchObject({ equal: true });
    const second = join(serverDirectory(), '..', 'second');
    const { contexts } = (await runDataCli(restored.dataDir, ['backup', '--to', second, '--json'])).json<Summary>();
    // Dense: as many events as positions.
    for (const [name, { events, position, waiting }] of Object.entries(contexts)) {
      expect(position + waiting).toBe(events);
      expect(events).toBeGreaterThanOrEqual(taken.json<Summary>().contexts[name]!.events);
    }
    expect(contexts['ordering']!.position).toBeGreaterThan(taken.json<Summary>().contexts['ordering']!.position);
  });

  it('is brought into no system twice, be it running or not', async () => {
    expect(await runDataCli(restored.dataDir, ['restore', '--from', folder])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Choose another'),
    });
    await restored.stop();
    expect(await runDataCli(restored.dataDir, ['restore', '--from', folder])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is not empty'),
    });
  });

  /** The customer with the token that the first system gave them. */
  const known = (): Person => customer.at(restored);
});

describe('is refused, with what to do, and nothing is restored', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = emptySystem(shop.server.dataDir);
  });

  const copy = (): string => {
    const damaged = join(serverDirectory(), '..', 'copy');
    cpSync(folder, damaged, { recursive: true });
    return damaged;
  };
  /** What it says, and what there is afterwards. */
  const attempt = async (from: string, env: Record<string, string> = {}) => {
    const { code, stdout, stderr } = await runDataCli(dataDir, ['restore', '--from', from], env);
    return { code, stdout, stderr, left: readdirSync(dataDir) };
  };
  const refusal = (words: string) => ({ code: 2, stdout: '', stderr: expect.stringContaining(words), left: ['secrets'] });

  it('where a part is damaged, cut off or missing', async () => {
    const damaged = copy();
    const part = join(damaged, 'ordering.event.copy.gz');
    const bytes = readFileSync(part);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(part, bytes);
    expect(await attempt(damaged)).toEqual(refusal('ordering.event.copy.gz is damaged: its checksum is another: fetch this backup again'));
    truncateSync(part, 100);
    expect(await attempt(damaged)).toEqual(refusal('ordering.event.copy.gz has 100 bytes'));
  });

  it('where the manifest is another’s, damaged or not there', async () => {
    const other = copy();
    const manifest = join(other, 'manifest.json');
    const text = readFileSync(manifest, 'utf8');
    writeFileSync(manifest, text.replace('"format": 1', '"format": 2'));
    expect(await attempt(other)).toEqual(refusal('is a backup of format 2, and this release reads format 1'));
    writeFileSync(manifest, text.replace(/"rows": (\d+)/, '"rows": 1$1'));
    expect(await attempt(other)).toEqual(refusal('manifest.json is damaged'));
    expect(await attempt(join(other, '..', 'nowhere'))).toEqual(refusal('holds no backup'));
  });

  it('where the master key is missing, or is another', async () => {
    const elsewhere = join(serverDirectory(), '..', 'key');
    writeFileSync(elsewhere, Buffer.alloc(32, 7).toString('base64'));
    expect(await attempt(folder, { MASTER_KEY_FILE: elsewhere })).toEqual(refusal('The master key is not the one of this backup'));
    dataDir = join(serverDirectory());
    mkdirSync(join(dataDir, 'secrets'), { recursive: true });
    expect(await attempt(folder)).toEqual(refusal('There is no master key: put the shop'));
  });
});
