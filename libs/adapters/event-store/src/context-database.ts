import { setTimeout as sleep } from 'node:timers/promises';
import { MikroORM } from '@mikro-orm/postgresql';
import { Migrator, type Migration } from '@mikro-orm/migrations';
import type { Breaker, Breakers } from '@kernel/ports/breakers.js';
import { Refusal } from '@kernel/refusal.js';
import pg, { type Pool, type PoolConfig, type QueryResultRow } from 'pg';
import { databaseBreaker, notReached } from './connection-failure.js';
import { connectionOf, type Connection } from './connection.js';
import { unstorable } from './exact.js';

/** A migration as MikroORM lists them; `name` is what the migration table remembers. */
export interface ListedMigration {
  readonly name: string;
  readonly class: new (...args: ConstructorParameters<typeof Migration>) => Migration;
}

export interface ContextDatabaseOptions {
  /** Context, and the Postgres schema that holds its tables. */
  readonly context: string;
  readonly url: string;
  readonly migrations: readonly ListedMigration[];
  /** Most connections; the design's default is 20. */
  readonly poolSize?: number;
  /** Guards every statement by a breaker `postgres.<context>`; without it whoever asks waits for a server that is away. */
  readonly breakers?: Breakers;
  /** How long a connection may stay without work, ms; 30 s where it is left out. */
  readonly idleMs?: number;
  /** Longest wait for a new connection, or for one of the pool's to become free, ms; 10 s where it is left out. */
  readonly connectMs?: number;
  /** PEM of the CA that signed the server's certificate; the address' `sslmode` says how it is checked. */
  readonly ca?: string;
  /** A copy that follows this database, for reads that may be a moment behind; undefined for none. */
  readonly replicaUrl?: string;
}

/** So that nothing waits for ever for a server that is gone; ms. The longest statements are an audit's. */
const TIMEOUTS = {
  statement_timeout: 300_000,
  // Where not even the server's own time-out is heard of.
  query_timeout: 310_000,
  keepAlive: true,
};

/** Postgres' codes for characters that its text cannot hold: NUL, and halves of a surrogate pair. */
const UNSTORABLE = new Set(['22021', '22P05']);

const CONNECT_MS = 10_000;
const IDLE_MS = 30_000;
/** From one look to the next whether somebody else has migrated, ms. */
const LOOK_MS = 250;

/** A statement that Postgres parses once a connection: the name must stand for one text only. */
export interface NamedStatement {
  readonly name: string;
  readonly text: string;
}

/**
 * One context's database: MikroORM for connections and migrations, and its pool for named statements,
 * because MikroORM's raw queries write their values into the SQL while these are bound.
 */
export class ContextDatabase {
  private readonly breaker: Breaker | undefined;

  private constructor(
    readonly context: string,
    /** For connections beside the pool's, such as one that listens. */
    readonly connection: Connection,
    private readonly orm: MikroORM,
    private readonly pool: Pool,
    private readonly replica: Pool | null,
    breakers: Breakers | undefined,
  ) {
    this.breaker = breakers?.make(
      `postgres.${context}`,
      databaseBreaker(() => this.pool.query('select 1')),
    );
  }

  get url(): string {
    return this.connection.connectionString;
  }

  static async connect(options: ContextDatabaseOptions): Promise<ContextDatabase> {
    const { context, url, migrations, poolSize = 20, idleMs = IDLE_MS, connectMs = CONNECT_MS, ca, replicaUrl } = options;
    const connection = connectionOf(url, ca);
    const driver = { ...TIMEOUTS, connectionTimeoutMillis: connectMs, application_name: `nebulocart-${context}` };
    const orm = await MikroORM.init({
      clientUrl: connection.connectionString,
      schema: context,
      entities: [],
      discovery: { warnWhenNoEntities: false },
      // Whoever runs the server makes the database; asking for it would fail a start for a server that comes a moment later.
      ensureDatabase: false,
      extensions: [Migrator],
      migrations: { migrationsList: [...migrations], tableName: `${context}.migration`, snapshot: false, silent: true },
      pool: { min: 0, max: poolSize, idleTimeoutMillis: idleMs },
      driverOptions: { ...driver, ...(connection.ssl !== undefined && { ssl: connection.ssl }) },
      forceUtcTimezone: true,
    });
    const pool = (await orm.em.getConnection().getNativeClient()) as Pool;
    const replica =
      replicaUrl === undefined ? null : replicaPool({ ...connectionOf(replicaUrl, ca), ...driver, max: poolSize, idleTimeoutMillis: idleMs });
    return new ContextDatabase(context, connection, orm, pool, replica, options.breakers);
  }

  /** @throws Refusal `engine.unavailable` where Postgres could not be asked */
  async query<Row extends QueryResultRow>(statement: NamedStatement, values: readonly unknown[]): Promise<Row[]> {
    return this.guarded(() => ask<Row>(this.pool, statement, values));
  }

  /** The same of the replica, which may be a moment behind; where there is none, or it does not answer, of the database itself. */
  async queryReplica<Row extends QueryResultRow>(statement: NamedStatement, values: readonly unknown[]): Promise<Row[]> {
    if (!this.replica) return this.query(statement, values);
    try {
      return await ask<Row>(this.replica, statement, values);
    } catch (error) {
      // What the statement itself comes to it would come to everywhere.
      if (error instanceof Refusal) throw error;
      return this.query(statement, values);
    }
  }

  /** Applies what is missing. Of processes that do so at once, one does and the others wait for it. Not guarded: a start waits, and fails by itself. */
  async migrate(): Promise<void> {
    const client = await this.pool.connect();
    const key = `nebulocart.migrate.${this.context}`;
    try {
      await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [key]);
      await client.query(`create schema if not exists ${this.context}`);
      await this.orm.migrator.up();
      await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [key]);
      client.release();
    } catch (error) {
      // Its end lets go of the lock.
      client.release(true);
      throw error;
    }
  }

  /** Waits until somebody else has applied what this release needs; a database that is ahead of it is as good. @throws Error once the time is over */
  async awaitMigrations(names: readonly string[], timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const missing = await this.missing(names).catch((error: unknown) => error as Error);
      if (Array.isArray(missing) && missing.length === 0) return;
      if (performance.now() > deadline) throw new Error(reasonOf(missing));
      await sleep(LOOK_MS);
    }
  }

  private async missing(names: readonly string[]): Promise<string[]> {
    const { rows } = await this.pool.query<{ name: string }>(`select name from ${this.context}.migration`);
    const applied = new Set(rows.map(({ name }) => name));
    return names.filter((name) => !applied.has(name));
  }

  /** Takes every migration back, newest first; what they stored is gone. */
  async migrateDown(): Promise<void> {
    await this.orm.migrator.down({ to: 0 });
  }

  /** Whether the server answers. @throws Error with the reason why not */
  async ping(): Promise<void> {
    const look = (): Promise<unknown> => this.pool.query('select 1');
    await (this.breaker ? this.breaker.run(look) : look());
  }

  async close(): Promise<void> {
    await Promise.all([this.orm.close(true), this.replica?.end()]);
  }

  /** What never reached Postgres was not carried out, and is refused as such; of what broke under way nobody knows. */
  private async guarded<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await (this.breaker ? this.breaker.run(call) : call());
    } catch (error) {
      throw notReached(error) ?? error;
    }
  }
}

async function ask<Row extends QueryResultRow>(pool: Pool, { name, text }: NamedStatement, values: readonly unknown[]): Promise<Row[]> {
  try {
    return (await pool.query<Row>({ name, text, values: [...values] })).rows;
  } catch (error) {
    throw UNSTORABLE.has((error as { code?: string }).code ?? '') ? unstorable() : error;
  }
}

function replicaPool(config: PoolConfig): Pool {
  const pool = new pg.Pool(config);
  // A connection that breaks while nobody uses it is nothing to the process.
  pool.on('error', () => undefined);
  return pool;
}

const reasonOf = (missing: readonly string[] | Error): string =>
  missing instanceof Error ? missing.message : `its migrations ${missing.join(', ')} have not been applied`;

/** The databases of the contexts that this process serves. */
export class Databases {
  private readonly databases: ReadonlyMap<string, ContextDatabase>;

  constructor(databases: Iterable<ContextDatabase>) {
    this.databases = new Map([...databases].map((database) => [database.context, database]));
  }

  get(context: string): ContextDatabase {
    const database = this.databases.get(context);
    if (!database) throw new Error(`this process serves no context ${context}: it serves ${[...this.databases.keys()].join(', ')}`);
    return database;
  }

  all(): ContextDatabase[] {
    return [...this.databases.values()];
  }
}
