import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { startPostgres, type EmbeddedPostgres } from '@adapters/runtime/src/embedded/postgres.js';
import { eventually } from '@testing/eventually.js';
import { serverDirectory, startServer, type TestServer } from '@testing/server.js';
import { day } from '../support/days.js';
import { Shop, type Person } from '../support/shop-client.js';

const LONG_MS = 240_000;
const SETTLE_MS = 90_000;
const SILENT = { info: () => undefined, warn: () => undefined };
const ENV = { SIMULATED_PAYMENT_DELAY_MS: '0' };

/** Postgres' files of a data directory; a server that starts there takes over the Postgres that runs on them. */
const files = (dataDir: string): string => join(dataDir, 'postgres', 'data');
let sku: string;
let customer: Person;
const order = (who: Person, key: string) => who.post('/orders', { lines: [{ sku, quantity: 2 }], country: 'France' }, { 'idempotency-key': key });
const several = (name: string) => Promise.all([1, 2, 3, 4, 5].map((each) => order(customer, `${name}-${each}`)));
const lists = async (at: Shop): Promise<{ status: string }[]> =>
  (await at.admin.get<{ items: { status: string }[] }>('/orders?limit=100')).body.items;
const sales = async (at: Shop): Promise<unknown> => (await at.admin.get(`/analytics/sales?from=${day(-1)}&to=${day(2)}&grain=day`)).body['totals'];

/** Waits until so many orders have been confirmed and counted. */
const settled = (at: Shop, count: number) =>
  eventually(async () => {
    const statuses = (await lists(at)).map(({ status }) => status);
    expect(statuses).toEqual(Array.from({ length: count }, () => 'confirmed'));
    expect(await sales(at)).toMatchObject({ orders: count });
  }, SETTLE_MS);

/** A copy of a running server's files, as Postgres' manual makes one without pg_basebackup ("Making a Base Backup Using the Low Level API"). */
async function baseBackup(running: EmbeddedPostgres, dataDir: string, base: string): Promise<void> {
  const admin = new pg.Client({ connectionString: running.adminUrl() });
  await admin.connect();
  try {
    await admin.query(`SELECT pg_backup_start('nightly', fast => true)`);
    execFileSync('cp', ['-a', files(dataDir), base]);
    const { rows } = await admin.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop()');
    writeFileSync(join(base, 'backup_label'), rows[0]!.labelfile);
  } finally {
    await admin.end();
  }
  for (const name of readdirSync(join(base, 'pg_wal'))) rmSync(join(base, 'pg_wal', name), { recursive: true });
  for (const name of ['postmaster.pid', 'postmaster.opts']) rmSync(join(base, name));
}

/** What Postgres has written of its log so far is in the archive. @returns the moment before which that was asked */
async function momentArchived(running: EmbeddedPostgres, archive: string, between: () => Promise<unknown>): Promise<string> {
  const admin = new pg.Client({ connectionString: running.adminUrl() });
  await admin.connect();
  try {
    const { rows } = await admin.query<{ now: string }>('SELECT clock_timestamp()::text AS now');
    await between();
    const { rows: segments } = await admin.query<{ name: string }>('SELECT pg_walfile_name(pg_switch_wal()) AS name');
    await eventually(() => expect(readdirSync(archive)).toContain(segments[0]!.name), SETTLE_MS);
    return rows[0]!.now;
  } finally {
    await admin.end();
  }
}

/** Where the figures stood is of another past: dropped as soon as the log has been read to its moment. */
async function forgetFigures(recovering: EmbeddedPostgres): Promise<void> {
  const admin = new pg.Client({ connectionString: recovering.adminUrl('nebulocart') });
  await admin.connect();
  try {
    await eventually(async () => {
      const { rows } = await admin.query('SELECT pg_is_in_recovery() AS still');
      expect(rows).toEqual([{ still: false }]);
    }, SETTLE_MS);
    await admin.query('DROP SCHEMA analytics CASCADE');
  } finally {
    await admin.end();
  }
}

let first: Shop;
let dataDir: string;
let archive: string;
let base: string;
let moment: string;
let orders: unknown[];
let figures: unknown;

beforeAll(async () => {
  dataDir = serverDirectory();
  [archive, base] = [join(dataDir, '..', 'archive'), join(dataDir, '..', 'base')];
  mkdirSync(archive);
  chmodSync(archive, 0o777);
  const settings = { wal_level: 'replica', archive_mode: 'on', archive_command: `test ! -f ${archive}/%f && cp %p ${archive}/%f` };
  const postgres = await startPostgres({ dataDir, logger: SILENT, settings });
  first = await Shop.open({ dataDir, env: ENV });
  [customer, sku] = await Promise.all([first.customer(), first.product({ amount: '3.17' })]);
  await several('before-the-base');
  await baseBackup(postgres, dataDir, base);
  await several('after-the-base');
  await settled(first, 10);
  [orders, figures] = [await lists(first), await sales(first)];
  moment = await momentArchived(postgres, archive, () => several('too-late').then(() => settled(first, 15)));
  await first.server.kill9();
  process.kill(postgres.pid, 'SIGQUIT');
}, LONG_MS);
afterAll(() => first?.close());

describe('brought back to a moment between a copy of its files and its end', () => {
  let restored: TestServer;
  let again: Shop;

  beforeAll(async () => {
    const target = serverDirectory();
    const home = join(target, 'postgres');
    mkdirSync(join(target, 'secrets'), { recursive: true, mode: 0o700 });
    for (const name of readdirSync(join(dataDir, 'secrets'))) copyFileSync(join(dataDir, 'secrets', name), join(target, 'secrets', name));
    mkdirSync(home, { mode: 0o700 });
    execFileSync('cp', ['-a', base, files(target)]);
    const { uid, gid } = statSync(base);
    writeFileSync(join(files(target), 'recovery.signal'), '');
    for (const path of [home, join(files(target), 'recovery.signal'), join(files(target), 'backup_label')]) chownSync(path, uid, gid);
    const recovery = { recovery_target_time: moment, recovery_target_action: 'promote' };
    const postgres = await startPostgres({ dataDir: target, logger: SILENT, settings: { restore_command: `cp ${archive}/%f %p`, ...recovery } });
    await forgetFigures(postgres);
    restored = await startServer({ dataDir: target, env: ENV });
    again = await Shop.at(restored);
  }, LONG_MS);
  afterAll(() => restored?.dispose());

  it('has every order of then and none of later, every figure to the cent, and its certificate is equal', async () => {
    await settled(again, 10);
    expect(await lists(again)).toEqual(orders);
    expect(await sales(again)).toEqual(figures);
    expect((await again.admin.post('/admin/audit', {})).body).toMatchObject({ equal: true });
  });

  it('goes on: what was answered before is answered so again, what came too late is new, and the certificate stays equal', async () => {
    const asked = async (key: string) => {
      const { status, headers } = await order(customer.at(restored), key);
      return { status, isReplayed: headers.get('idempotent-replayed') === 'true' };
    };
    expect(await asked('after-the-base-3')).toEqual({ status: 201, isReplayed: true });
    expect(await asked('too-late-3')).toEqual({ status: 201, isReplayed: false });
    await settled(again, 11);
    expect((await again.admin.post('/admin/audit', {})).body).toMatchObject({ equal: true });
  });
});
