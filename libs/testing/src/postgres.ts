import { randomBytes } from 'node:crypto';
import { APPLICATION, startPostgres } from '@adapters/runtime/src/embedded/postgres.js';
import pg from 'pg';
import { enginesDirectory, runWide } from './run-wide.js';

/** A database of its own on the Postgres that all specs of a jest run share. */
export interface TestDatabase {
  /** Connection string of the role that owns the database; like the application's, it is no superuser. */
  readonly url: string;
  /** Connection string of the superuser, for what a spec must do behind the application's back. */
  readonly adminUrl: string;
  /** Ends what is connected and removes the database. */
  drop(): Promise<void>;
}

/** Connection strings of the shared server, with `DATABASE` in the place of the database's name. */
interface SharedServer {
  readonly url: string;
  readonly adminUrl: string;
}

/** Data that does not outlive the run needs no fsync. */
const SETTINGS = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', max_connections: '200' };

/** Makes an empty database; the first call of a jest run starts the server, about a second. */
export async function testDatabase(): Promise<TestDatabase> {
  const server = await sharedServer();
  const name = `test_${randomBytes(8).toString('hex')}`;
  const admin = (sql: string) => withClient(server.adminUrl.replace('DATABASE', 'postgres'), sql);
  await admin(`CREATE DATABASE ${name} OWNER ${APPLICATION} STRATEGY file_copy`);
  return {
    url: server.url.replace('DATABASE', name),
    adminUrl: server.adminUrl.replace('DATABASE', name),
    drop: () => admin(`DROP DATABASE ${name} WITH (FORCE)`),
  };
}

async function withClient(connectionString: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** The run's server. */
const sharedServer = (): Promise<SharedServer> =>
  runWide('server', async () => {
    const quiet = { info: () => undefined, warn: () => undefined };
    const postgres = await startPostgres({ dataDir: enginesDirectory(), logger: quiet, settings: SETTINGS });
    return { url: postgres.url('DATABASE'), adminUrl: postgres.adminUrl('DATABASE') };
  });
