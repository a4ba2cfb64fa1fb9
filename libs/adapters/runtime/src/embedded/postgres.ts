import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { StartupError, type StartupLog } from '../startup-error.js';
import { freePort } from './free-port.js';
import { execute, openCluster, type Cluster } from './postgres-cluster.js';
import { POSTGRES_SETTINGS } from './postgres-settings.js';
import { isAlive, mayHaveArgument } from './process-info.js';
import { readIfExists } from './secret-file.js';

const HOST = '127.0.0.1';
/** How long a postmaster may take from its last word to its end. */
const LAST_BREATH_MS = 5_000;

/** Database and role of the application; the role owns the database and is no superuser. */
export const APPLICATION = 'nebulocart';

export interface PostgresOptions {
  /** Where this instance keeps everything; the cluster is in `postgres/`, passwords in `secrets/`. */
  readonly dataDir: string;
  readonly logger: StartupLog;
  /** Where it listens; a free port where it is left out. */
  readonly port?: number;
  /** Settings over those of `POSTGRES_SETTINGS`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  /** Connection string of the application's role. */
  url(database?: string): string;
  /** Connection string of the superuser: for maintenance and tests, never for the application. */
  adminUrl(database?: string): string;
  /** The postmaster's process id. */
  readonly pid: number;
  readonly port: number;
  /** Ends open connections, writes a checkpoint and resolves when no process is left. */
  stop(): Promise<void>;
}

/**
 * Starts Postgres under `dataDir`, making the cluster at the first call. A postmaster that an earlier, killed process left
 * behind on the same directory is taken over.
 * @throws StartupError when it cannot start, with the reason from Postgres' own log.
 */
export async function startPostgres({ dataDir, logger, port, settings = {} }: PostgresOptions): Promise<EmbeddedPostgres> {
  const cluster = await openCluster(dataDir);
  const running = (await adopt(cluster, logger)) ?? (await launch(cluster, { ...POSTGRES_SETTINGS, ...settings }, port));
  const adminUrl = (database = 'postgres') => connectionString('postgres', cluster.passwords.admin, running.port, database);
  try {
    await ensureApplication(adminUrl(), cluster.passwords.application);
  } catch (error) {
    // Nobody else would ever stop it: the caller has nothing in hand yet.
    await stop(cluster, logger);
    throw error;
  }
  return {
    ...running,
    adminUrl,
    url: (database = APPLICATION) => connectionString(APPLICATION, cluster.passwords.application, running.port, database),
    stop: () => stop(cluster, logger),
  };
}

const connectionString = (role: string, password: string, port: number, database: string) =>
  `postgres://${role}:${password}@${HOST}:${port}/${database}`;

/** Connection string of the application's role at the Postgres that runs on a data directory, for whoever only reads there; null where none runs. */
export function runningPostgres(dataDir: string): string | null {
  const found = postmaster({ data: join(dataDir, 'postgres', 'data') });
  const password = readIfExists(join(dataDir, 'secrets', 'postgres-password'));
  return found && password !== undefined ? connectionString(APPLICATION, password, found.port, APPLICATION) : null;
}

/** Process id and port of the postmaster that runs on the data directory; what a dead one left in its pid file is no answer. */
function postmaster(cluster: Pick<Cluster, 'data'>): { pid: number; port: number } | null {
  const lines = readIfExists(join(cluster.data, 'postmaster.pid'))?.split('\n');
  if (!lines) return null;
  const pid = Number(lines[0]);
  return isAlive(pid) && mayHaveArgument(pid, cluster.data) ? { pid, port: Number(lines[3]) } : null;
}

/** Takes over a postmaster that outlived its server; one that does not answer is stopped. Null where there is none. */
async function adopt(cluster: Cluster, logger: StartupLog): Promise<{ pid: number; port: number } | null> {
  const found = postmaster(cluster);
  if (!found) {
    // The dead one's id may belong to another process by now, which Postgres would take for a running server.
    rmSync(join(cluster.data, 'postmaster.pid'), { force: true });
    return null;
  }
  const connection = new pg.Client({
    connectionString: connectionString('postgres', cluster.passwords.admin, found.port, 'postgres'),
    connectionTimeoutMillis: 2_000,
  });
  try {
    await connection.connect();
    await connection.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    );
    logger.info(`took over the database that an earlier run left behind (process ${found.pid})`);
    return found;
  } catch {
    logger.warn(`the database left behind by an earlier run (process ${found.pid}) does not answer: restarting it`);
    await stop(cluster, logger);
    return null;
  } finally {
    await connection.end().catch(() => undefined);
  }
}

async function launch(cluster: Cluster, settings: Readonly<Record<string, string>>, fixedPort?: number): Promise<{ pid: number; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = fixedPort ?? (await freePort(HOST));
    const all = { ...settings, listen_addresses: HOST, port: String(port), unix_socket_directories: '' };
    const options = Object.entries(all).map(([name, value]) => `-c ${name}='${value}'`);
    rmSync(cluster.log, { force: true });
    try {
      await execute(cluster, cluster.binaries.pg_ctl, [
        'start',
        '-w',
        '-s',
        '-t',
        '60',
        '-D',
        cluster.data,
        '-l',
        cluster.log,
        '-o',
        options.join(' '),
      ]);
      return { pid: postmaster(cluster)!.pid, port };
    } catch {
      const reason = lastError(readIfExists(cluster.log));
      // Another process can take the port between the probe and the start.
      if (attempt < 4 && /could not (bind|create any TCP)/.test(reason)) continue;
      throw new StartupError(`The database did not start: ${reason} (its log: ${cluster.log})`);
    }
  }
}

/** The application's role and database, each made where it is missing; a crash between the two heals at the next start. */
async function ensureApplication(adminUrl: string, password: string): Promise<void> {
  const admin = new pg.Client({ connectionString: adminUrl });
  try {
    await admin.connect();
    const role = await admin.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [APPLICATION]);
    if (role.rowCount === 0) await admin.query(`CREATE ROLE ${APPLICATION} LOGIN PASSWORD ${admin.escapeLiteral(password)}`);
    const database = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [APPLICATION]);
    if (database.rowCount === 0) await admin.query(`CREATE DATABASE ${APPLICATION} OWNER ${APPLICATION}`);
  } catch (error) {
    if ((error as { code?: string }).code !== '28P01') throw error;
    throw new StartupError('The database refuses the password kept in DATA_DIR/secrets. Restore that folder from the backup of the same DATA_DIR.');
  } finally {
    await admin.end().catch(() => undefined);
  }
}

async function stop(cluster: Cluster, logger: StartupLog): Promise<void> {
  const halt = (mode: string, seconds: number) =>
    execute(cluster, cluster.binaries.pg_ctl, ['stop', '-w', '-s', '-m', mode, '-t', String(seconds), '-D', cluster.data]);
  const running = postmaster(cluster);
  if (!running) return;
  try {
    await halt('fast', 30);
  } catch {
    if (!postmaster(cluster)) return;
    logger.warn('the database did not stop in 30 s: stopping it at once, it recovers at the next start');
    await halt('immediate', 30);
  }
  // pg_ctl waits for the pid file, which a postmaster removes while it still has its log to close.
  for (const until = Date.now() + LAST_BREATH_MS; isAlive(running.pid) && Date.now() < until;) await pause(10);
}

const lastError = (log = ''): string => {
  const lines = log.trim().split('\n');
  const telling = lines.filter((line) => /FATAL|PANIC|could not/.test(line));
  return (telling[0] ?? lines.at(-1) ?? 'no reason given').replace(/^.*?(FATAL|PANIC|WARNING|LOG): +/, '');
};
