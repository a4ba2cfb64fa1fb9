import { MikroORM } from '@mikro-orm/postgresql';
import { Migrator, type Migration } from '@mikro-orm/migrations';
import type { Pool, QueryResultRow } from 'pg';
import type { Breaker, Breakers } from '@kernel/ports/breakers.js';
import { databaseBreaker } from './connection-failure.js';
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
}

/** So that nothing waits for ever for a server that is gone; ms. The longest statements are an audit's. */
const TIMEOUTS = {
  // Also the longest wait for one of the pool's connections to become free.
  connectionTimeoutMillis: 10_000,
  statement_timeout: 300_000,
  // Where not even the server's own time-out is heard of.
  query_timeout: 310_000,
  keepAlive: true,
};

/** Postgres' codes for characters that its text cannot hold: NUL, and halves of a surrogate pair. */
const UNSTORABLE = new Set(['22021', '22P05']);

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
    readonly url: string,
    private readonly orm: MikroORM,
    private readonly pool: Pool,
    breakers: Breakers | undefined,
  ) {
    this.breaker = breakers?.make(
      `postgres.${context}`,
      databaseBreaker(() => this.pool.query('select 1')),
    );
  }

  static async connect(options: ContextDatabaseOptions): Promise<ContextDatabase> {
    const orm = await MikroORM.init({
      clientUrl: options.url,
      schema: options.context,
      entities: [],
      discovery: { warnWhenNoEntities: false },
      extensions: [Migrator],
      migrations: { migrationsList: [...options.migrations], tableName: `${options.context}.migration`, snapshot: false, silent: true },
      pool: { min: 0, max: options.poolSize ?? 20, idleTimeoutMillis: 30_000 },
      driverOptions: { ...TIMEOUTS, application_name: `nebulocart-${options.context}` },
      forceUtcTimezone: true,
    });
    const pool = (await orm.em.getConnection().getNativeClient()) as Pool;
    return new ContextDatabase(options.context, options.url, orm, pool, options.breakers);
  }

  /** @throws Refusal `engine.unavailable` without asking, while Postgres does not answer */
  async query<Row extends QueryResultRow>({ name, text }: NamedStatement, values: readonly unknown[]): Promise<Row[]> {
    try {
      return (await this.guarded(() => this.pool.query<Row>({ name, text, values: [...values] }))).rows;
    } catch (error) {
      throw UNSTORABLE.has((error as { code?: string }).code ?? '') ? unstorable() : error;
    }
  }

  /** Applies what is missing. Not guarded: a start waits, and fails by itself. */
  async migrate(): Promise<void> {
    await this.pool.query(`create schema if not exists ${this.context}`);
    await this.orm.migrator.up();
  }

  /** Takes every migration back, newest first; what they stored is gone. */
  async migrateDown(): Promise<void> {
    await this.orm.migrator.down({ to: 0 });
  }

  /** Whether the server answers. */
  async ping(): Promise<void> {
    await this.guarded(() => this.pool.query('select 1'));
  }

  async close(): Promise<void> {
    await this.orm.close(true);
  }

  private guarded<T>(call: () => Promise<T>): Promise<T> {
    return this.breaker ? this.breaker.run(call) : call();
  }
}

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
