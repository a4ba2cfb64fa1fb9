// The engines of a cluster on one machine, each as a process that a member can launch.
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { accepts, launch, untilReady } from '../engines/server-process.mjs';
import { CONTEXTS } from './secrets.mjs';

const root = join(import.meta.dirname, '..', '..');
const POLL_MS = 250;
/** Statements side by side in the ClickHouse front; each holds a thread of libuv's. */
const STATEMENTS = 8;
/** Pools of up to 20 connections in a dozen processes; an idle one costs little. */
const CONNECTIONS = '600';

/** The embedded Postgres of `npm start`, on a port of its own, with a database and two roles for each context. */
export function postgresLauncher({ dataDir, port, secrets, log }) {
  return async () => {
    const { startPostgres } = await import(pathToFileURL(join(root, 'dist/libs/adapters/runtime/src/embedded/postgres.js')).href);
    const postgres = await startPostgres({ dataDir, port, logger: log, settings: { max_connections: CONNECTIONS } });
    for (const context of CONTEXTS) await ensureContext(postgres.adminUrl, context, secrets);
    return new PostgresProcess(postgres);
  };
}

/** What deploy/postgres/init-context.sh does in a container: a database with its owner, who is no superuser, and a role that reads what the owner lets it. */
async function ensureContext(adminUrl, context, secrets) {
  const admin = new pg.Client({ connectionString: adminUrl() });
  await admin.connect();
  try {
    const exists = async (sql, name) => (await admin.query(sql, [name])).rowCount > 0;
    const role = async (name, more) => {
      const clause = `LOGIN PASSWORD ${admin.escapeLiteral(secrets.read(`${name}_password`))}`;
      if (await exists('SELECT 1 FROM pg_roles WHERE rolname = $1', name)) await admin.query(`ALTER ROLE ${name} ${clause}`);
      else await admin.query(`CREATE ROLE ${name} ${clause} ${more}`);
    };
    await role(context, '');
    await role(`${context}_reader`, '');
    // What earlier releases gave it: keys and digests of passwords with the rest. The context's own process grants what is to be read.
    await admin.query(`REVOKE pg_read_all_data FROM ${context}_reader`);
    if (!(await exists('SELECT 1 FROM pg_database WHERE datname = $1', context))) await admin.query(`CREATE DATABASE ${context} OWNER ${context}`);
    // Postgres lets everybody into every database unless it is told otherwise.
    await admin.query(`REVOKE ALL ON DATABASE ${context}, nebulocart, postgres, template1 FROM PUBLIC`);
    await admin.query(`GRANT CONNECT, TEMPORARY ON DATABASE ${context} TO ${context}_reader`);
  } finally {
    await admin.end();
  }
}

/** A postmaster is nobody's child: whether it lives has to be looked at. */
class PostgresProcess {
  name = 'Postgres';
  #postgres;

  constructor(postgres) {
    this.#postgres = postgres;
    this.exited = new Promise((resolve) => {
      const look = setInterval(() => {
        if (this.isAlive) return;
        clearInterval(look);
        resolve({ code: null, signal: null });
      }, POLL_MS).unref();
    });
  }

  get pid() {
    return this.#postgres.pid;
  }

  get isAlive() {
    try {
      process.kill(this.pid, 0);
      return true;
    } catch {
      return false;
    }
  }

  async stop() {
    await this.#postgres.stop();
  }

  /** An immediate shutdown of every backend, as a crash: it recovers from its log at the next start. */
  async kill() {
    if (this.isAlive) process.kill(this.pid, 'SIGQUIT');
    await this.exited;
  }

  hang() {
    process.kill(this.pid, 'SIGSTOP');
  }

  goOn() {
    process.kill(this.pid, 'SIGCONT');
  }
}

/** ClickHouse's place: its engine behind HTTP, for the unchanged client. */
export function clickhouseLauncher({ dataDir, port, secrets, log }) {
  return (onSpawn) => {
    const environment = {
      PORT: String(port),
      DATA_DIR: join(dataDir, 'clickhouse'),
      CLICKHOUSE_USER: 'nebulocart',
      CLICKHOUSE_PASSWORD_FILE: secrets.file('clickhouse-password'),
      STATEMENTS: String(STATEMENTS),
      UV_THREADPOOL_SIZE: String(STATEMENTS + 4),
    };
    return launchNode({
      name: 'clickhouse',
      program: 'dist/apps/clickhouse-front/src/main.js',
      environment,
      log,
      isReady: () => accepts(port),
      onSpawn,
    });
  };
}

/** A program of ours, with nothing of the caller's environment but what it is given. */
export function launchNode({ name, program, environment, log, isReady, onSpawn }) {
  mkdirSync(join(log, '..'), { recursive: true, mode: 0o700 });
  const server = launch({
    name,
    command: process.execPath,
    args: ['--enable-source-maps', join(root, program)],
    log,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_ENV: 'production',
      NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compiled'),
      ...environment,
    },
    cwd: root,
    onSpawn,
  });
  return untilReady(server, isReady, { log, patienceMs: 120_000 });
}

/** `--check` of a program. @returns what it complains of; undefined where it is content */
export async function checkNode({ program, environment }) {
  const { spawn } = await import('node:child_process');
  const check = spawn(process.execPath, [join(root, program), '--check'], {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  check.stderr.on('data', (chunk) => (complaint += chunk));
  const [code] = await once(check, 'close');
  return code === 0 ? undefined : complaint.trim() || `exit code ${code}`;
}
