import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSnapshot, whileNothingIsReceived } from '@adapters/event-store/src/backup/database-snapshot.js';
import { connectionOf } from '@adapters/event-store/src/connection.js';
import { ContextDatabase } from '@adapters/event-store/src/context-database.js';
import { MIGRATIONS } from '@composition/databases.js';
import { testDatabase, type TestDatabase } from '@testing/postgres.js';
import pg from 'pg';
import { commitAll } from './bring-back.js';
import { writePart } from './parts.js';

describe('a backup whose connection is cut', () => {
  let database: TestDatabase;
  let operator: pg.Client;
  beforeEach(async () => {
    database = await testDatabase();
    operator = new pg.Client({ connectionString: database.adminUrl });
    await operator.connect();
    const connected = await ContextDatabase.connect({ context: 'catalog', url: database.url, migrations: MIGRATIONS.catalog, poolSize: 2 });
    await connected.migrate();
    await connected.close();
  });
  afterEach(async () => {
    await operator.end();
    await database.drop();
  });

  const OURS = `application_name = 'nebulocart-backup' and datname = current_database()`;
  /** Resolves when the server has none of them any more. */
  async function cut(): Promise<void> {
    await operator.query(`select pg_terminate_backend(pid) from pg_stat_activity where ${OURS}`);
    while ((await operator.query(`select 1 from pg_stat_activity where ${OURS}`)).rowCount !== 0);
  }
  const open = async (): Promise<DatabaseSnapshot> => {
    const snapshot = await DatabaseSnapshot.open(connectionOf(database.url), ['catalog']);
    await snapshot.fix();
    return snapshot;
  };

  it('says so, where it waited for others', async () => {
    const snapshot = await open();
    await cut();
    await expect(snapshot.head('catalog')).rejects.toThrow(/terminat|not queryable/);
    await snapshot.close();
  });

  it('says so in the middle of a table', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nebulocart-cut-'));
    await operator.query(`insert into catalog.receipt select 'p', 'r', n::text, 'b', repeat(md5(n::text), 100) from generate_series(1, 10000) n`);
    const snapshot = await open();
    const rows = snapshot.copy(
      'catalog',
      snapshot.schemas[0]!.tables.find(({ name }) => name === 'receipt')!,
    );
    let cutting: Promise<void> = Promise.resolve();
    rows.once('data', () => (cutting = cut()));
    await expect(writePart(rows, join(folder, 'part'))).rejects.toThrow(/terminat/);
    await cutting;
    await snapshot.close();
    rmSync(folder, { recursive: true });
  });

  it('is not of one moment, where it was to keep a service from receiving', async () => {
    const inbox = [{ connection: connectionOf(database.url), schema: 'catalog' }];
    await expect(whileNothingIsReceived(inbox, cut)).rejects.toThrow(/terminat|not queryable/);
  });
});

it('a restore says what is there where only some of it could be committed', async () => {
  const target = (commit: () => Promise<void>) => ({ rows: () => Promise.resolve([]), commit });
  const broken = () => Promise.reject(new Error('the disk is full'));
  const [one, other] = [target(() => Promise.resolve()), target(broken)];
  await expect(commitAll([{ target: other, names: ['ordering'] }])).rejects.toThrow(/^the disk is full$/);
  await expect(
    commitAll([
      { target: one, names: ['ordering'] },
      { target: other, names: ['catalog'] },
    ]),
  ).rejects.toThrow('Only a part was restored (ordering), and catalog could not be: the disk is full.');
});
