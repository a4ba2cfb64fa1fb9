import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { APPLICATION, startPostgres } from '@adapters/runtime/src/embedded/postgres.js';
import { isAlive } from '@adapters/runtime/src/embedded/process-info.js';
import pg from 'pg';

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

/** The run's server: started by whichever worker asks first, while the others wait for its file. */
async function sharedServer(): Promise<SharedServer> {
  const directory = process.env['NEBULOCART_TEST_ENGINES'];
  if (!directory) throw new Error('testDatabase() needs the globalSetup of jest.config.mjs');
  const published = join(directory, 'server.json');
  for (;;) {
    const server = readJson(published);
    if (server) return server as SharedServer;
    if (claim(join(directory, 'starting'))) return publish(directory, published);
    await sleep(20);
  }
}

async function publish(directory: string, published: string): Promise<SharedServer> {
  const quiet = { info: () => undefined, warn: () => undefined };
  const postgres = await startPostgres({ dataDir: directory, logger: quiet, settings: SETTINGS });
  const server = { url: postgres.url('DATABASE'), adminUrl: postgres.adminUrl('DATABASE') };
  writeFileSync(`${published}.new`, JSON.stringify(server), { mode: 0o600 });
  renameSync(`${published}.new`, published);
  return server;
}

/** True for the one process that may start the server; a claim of a dead worker is void. */
function claim(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const owner = Number(readJson(file) ?? process.pid);
    if (!isAlive(owner)) rmSync(file, { force: true });
    return false;
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
