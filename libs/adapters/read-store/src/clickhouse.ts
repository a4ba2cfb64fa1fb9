import { createRequire } from 'node:module';
import { ClickHouseError, ClickHouseLogLevel, createClient, type ClickHouseClient, type ClickHouseClientConfigOptions } from '@clickhouse/client';
import type { Breaker, BreakerOptions, Breakers } from '@kernel/ports/breakers.js';
import type { QueryParameters } from '@kernel/ports/read-store.js';
import { Refusal } from '@kernel/refusal.js';
import { awayOf, unreadableOf } from './clickhouse-away.js';

/** A ClickHouse over the network. */
export interface ClickHouseServer {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** Certificate of the authority that signed the server's, PEM; where it is left out, Node's own authorities are trusted. */
  readonly ca?: string;
}

/** Where ClickHouse is: its engine in this process over a directory, or a server. */
export type ClickHouseLocation = { readonly path: string } | ClickHouseServer;

type Connection = ClickHouseClientConfigOptions['connection'];

export type ClickHouseSettings = Readonly<Record<string, string | number>>;

/** The database that holds the ledger and every read model. */
export const DATABASE = 'nebulocart';

const READ_SECONDS = 20;
/** A block that takes longer is sent again. */
const LANDING_SECONDS = 120;
const MAINTENANCE_SECONDS = 900;

const literal = (value: string | number): string => (typeof value === 'number' ? String(value) : `'${value.replace(/[\\']/g, '\\$&')}'`);

/** A SETTINGS clause. Settings go into the SQL alone: the embedded engine keeps those of a call for every later call of that client. */
export const settingsClause = (settings: ClickHouseSettings): string =>
  `SETTINGS ${Object.entries(settings)
    .map(([name, value]) => `${name}=${literal(value)}`)
    .join(', ')}`;

/**
 * One client of a ClickHouse: its statements run one after another. Every statement is bounded in time, because closing (and the process's
 * exit) waits for the one that runs. A server that does not answer is a Refusal of kind `unavailable`, and so are tables whose files it cannot read.
 */
export class ClickHouseSession {
  constructor(
    private readonly client: ClickHouseClient,
    private readonly maxSeconds: number,
    private readonly breaker?: Breaker,
    private readonly onUnreadable: (error: Error) => void = () => undefined,
    /** Whether what a failed statement holds is to be let go of by hand. */
    private readonly letsGo = false,
  ) {}

  /** The rows of a SELECT. */
  async rows<Row>(sql: string, parameters: QueryParameters = {}, settings: ClickHouseSettings = {}): Promise<Row[]> {
    const query = `${sql}\n${settingsClause({ max_execution_time: this.maxSeconds, ...settings })}`;
    return this.guarded(async () => {
      const result = await this.client.query({ query, query_params: { ...parameters }, format: 'JSONEachRow' });
      return result.json<Row>();
    });
  }

  /** Runs a statement without an answer; settings, where it takes any, are part of its SQL. */
  async run(sql: string): Promise<void> {
    await this.guarded(() => this.client.command({ query: sql }));
  }

  /** Writes rows in one insert. */
  async insert(table: string, rows: readonly object[], settings: ClickHouseSettings): Promise<void> {
    await this.guarded(() => this.client.insert({ table: `${table} ${settingsClause(settings)}`, values: rows, format: 'JSONEachRow' }));
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  private async guarded<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await (this.breaker ? this.breaker.run(call) : call());
    } catch (error) {
      // The engine keeps a statement that failed, and the tables that it reads, until the client's next: a DROP … SYNC of one would wait for that.
      if (this.letsGo) await this.client.command({ query: 'SELECT 1' }).catch(() => undefined);
      const unreadable = unreadableOf(error);
      if (unreadable) this.onUnreadable(error as Error);
      throw unreadable ?? awayOf(error) ?? error;
    }
  }
}

/** ClickHouse as the read side uses it: one session each, so that a rebuild never delays landing, neither delays a question, and a check of all files nothing. */
export class ClickHouse {
  readonly landing: ClickHouseSession;
  readonly maintenance: ClickHouseSession;
  readonly reading: ClickHouseSession;
  readonly checking: ClickHouseSession;

  /**
   * @param breakers guard a server, by one breaker `clickhouse`; the engine does not leave the process
   * @param onUnreadable hears of every statement that failed for want of files that can be read
   */
  constructor(location: ClickHouseLocation, breakers?: Breakers, onUnreadable?: (error: Error) => void) {
    const [landing, reading] = [connect(location, LANDING_SECONDS), connect(location, READ_SECONDS)];
    const [maintenance, checking] = [connect(location), connect(location)];
    const breaker = 'url' in location ? breakers?.make('clickhouse', serverBreaker(reading)) : undefined;
    const letsGo = 'path' in location;
    this.landing = new ClickHouseSession(landing, LANDING_SECONDS, breaker, onUnreadable, letsGo);
    this.maintenance = new ClickHouseSession(maintenance, MAINTENANCE_SECONDS, breaker, onUnreadable, letsGo);
    this.reading = new ClickHouseSession(reading, READ_SECONDS, breaker, onUnreadable, letsGo);
    this.checking = new ClickHouseSession(checking, MAINTENANCE_SECONDS, breaker, onUnreadable, letsGo);
  }

  /** Waits for the statements that run; none may be given any more. */
  async close(): Promise<void> {
    await Promise.all([this.landing, this.maintenance, this.reading, this.checking].map((session) => session.close()));
  }
}

const FAILURES = 5;
const RETRY_AFTER_SECONDS = 1;

/** Every request has its client's time-out; what the server itself objects to shows that it is there. */
const serverBreaker = (client: ClickHouseClient): BreakerOptions => ({
  failures: FAILURES,
  retryAfterMs: RETRY_AFTER_SECONDS * 1_000,
  isFailure: (error) => !(error instanceof ClickHouseError),
  refusal: () =>
    new Refusal('analytics.unavailable', 'unavailable', 'The analytics database does not answer: try again shortly', {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    }),
  probe: () => client.command({ query: 'SELECT 1' }),
});

/** ClickHouse's engine in this process, loaded where it is asked for: half a gigabyte that who asks a server has no use for. */
function engine(path: string): Connection {
  const { createChdbConnection } = createRequire(import.meta.url)('chdb/connection') as typeof import('chdb/connection');
  // The engine's package is typed against a neighbouring version of the client's interface.
  return createChdbConnection({ path }) as unknown as Connection;
}

/** A request may take somewhat longer than the statement in it, whose own limit ClickHouse then tells of. */
function connect(location: ClickHouseLocation, maxSeconds = MAINTENANCE_SECONDS): ClickHouseClient {
  if ('path' in location) return createClient({ connection: engine(location.path) });
  const { url, username, password, ca } = location;
  return createClient({
    url,
    ...(username && { username }),
    ...(password && { password }),
    ...(ca && { tls: { ca_cert: Buffer.from(ca) } }),
    request_timeout: (maxSeconds + 10) * 1_000,
    // Whoever asked has the error, and says what it means.
    log: { level: ClickHouseLogLevel.OFF },
  });
}
