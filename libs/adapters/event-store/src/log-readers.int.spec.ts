import { identityMigrations } from '@migrations/postgres/src/identity/index.js';
import { testDatabase, type TestDatabase } from '@testing/postgres.js';
import pg from 'pg';
import { ContextDatabase } from './context-database.js';
import { letReaderRead } from './log-readers.js';
import { LogSignal, logChannel } from './log-signal.js';
import { PostgresEventLog } from './postgres-event-log.js';

const READER = 'identity_reader';
let test: TestDatabase;
const open: ContextDatabase[] = [];

const admin = async (...statements: string[]): Promise<void> => {
  const client = new pg.Client({ connectionString: test.adminUrl });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
};
const connect = async (url: string): Promise<ContextDatabase> => {
  const database = await ContextDatabase.connect({ context: 'identity', url, migrations: identityMigrations });
  open.push(database);
  return database;
};
const asReader = (): Promise<ContextDatabase> => {
  const url = new URL(test.adminUrl);
  [url.username, url.password] = [READER, 'reads'];
  return connect(url.href);
};

beforeEach(async () => {
  test = await testDatabase();
  // The server is shared; its roles are everybody's.
  await admin(`do $$ begin create role ${READER} login password 'reads'; exception when duplicate_object then null; end $$`);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((database) => database.close()));
  await admin(`drop owned by ${READER}`);
  await test.drop();
});

it('lets the reader of a log read the log, and nothing else of its database', async () => {
  const owner = await connect(test.url);
  await owner.migrate();
  await letReaderRead(owner);
  await letReaderRead(owner);
  const reader = await asReader();
  await reader.awaitMigrations(
    identityMigrations.map(({ name }) => name),
    0,
  );
  const log = new PostgresEventLog(reader, new LogSignal(reader.connection, logChannel('identity')));
  expect([await log.head(), await log.readAfter(0, 10), await log.positionAt('2026-01-01T00:00:00Z')]).toEqual([0, [], 0]);
  await reader.query(
    { name: 'keep', text: `insert into identity.block_digest (block, events, digest) values (0, 1, 'd') on conflict do nothing` },
    [],
  );

  const tables = await owner.query<{ name: string }>(
    { name: 'tables', text: `select table_name as name from information_schema.tables where table_schema = 'identity' order by 1` },
    [],
  );
  const readable: string[] = [];
  for (const { name } of tables) {
    const refused = await reader.query({ name: `read ${name}`, text: `select * from identity.${name} limit 1` }, []).catch((error: Error) => error);
    if (refused instanceof Error) expect(refused.message).toBe(`permission denied for table ${name}`);
    else readable.push(name);
  }
  expect(readable).toEqual(['block_digest', 'event', 'event_log', 'migration', 'sequencer']);
  for (const name of ['credential', 'session_credentials', 'signing_keys', 'subject_key', 'users'])
    expect(tables.map((table) => table.name)).toContain(name);
  await expect(reader.query({ name: 'write', text: 'delete from identity.event_log' }, [])).rejects.toThrow('permission denied');
});

it('does nothing where there is no such role', async () => {
  const owner = await ContextDatabase.connect({ context: 'catalog', url: test.url, migrations: [] });
  open.push(owner);
  await owner.migrate();
  await expect(letReaderRead(owner)).resolves.toBeUndefined();
});
