import type { Readable } from 'node:stream';
import type pg from 'pg';
import { to } from 'pg-copy-streams';
import { connectedClient, type Connection } from '../connection.js';
import { columnList, describeSchema, hasSchema, type StoredSchema, type StoredTable } from './stored-schema.js';

/** How far one context's log has come. */
export interface Head {
  readonly events: number;
  /** The last position of the log. */
  readonly position: number;
  /** Events without a position yet. */
  readonly waiting: number;
}

const APPLICATION_NAME = 'nebulocart-backup';

/** Values are written in one way wherever they are read again. */
export const COPY_SETTINGS = `set datestyle = 'ISO, YMD'; set timezone = 'UTC'; set intervalstyle = 'postgres'; set extra_float_digits = 1; set statement_timeout = 0`;

/** One database as it was at one moment, while it is written to. */
export class DatabaseSnapshot {
  private constructor(
    private readonly client: pg.Client,
    readonly schemas: readonly StoredSchema[],
  ) {}

  /**
   * Keeps the tables as they are, and sees nothing yet. The locks come before the snapshot: a truncation of the outbox in between, which no snapshot is safe
   * from, would take events out of it that the log does not have yet.
   */
  static async open(connection: Connection, names: readonly string[]): Promise<DatabaseSnapshot> {
    const client = await connectedClient(connection, APPLICATION_NAME);
    try {
      await client.query(COPY_SETTINGS);
      const schemas: StoredSchema[] = [];
      for (const name of names) if (await hasSchema(client, name)) schemas.push(await describeSchema(client, name));
      await client.query('begin isolation level repeatable read read only');
      const tables = schemas.flatMap(({ name, tables: all }) => all.map((table) => `${name}.${table.name}`));
      if (tables.length > 0) await client.query(`lock table ${tables.join(', ')} in access share mode`);
      return new DatabaseSnapshot(client, schemas);
    } catch (error) {
      await client.end();
      throw error;
    }
  }

  /** The moment: all that is read later is as it is now. @throws Error where a migration came in between */
  async fix(): Promise<void> {
    for (const schema of this.schemas) {
      const now = await describeSchema(this.client, schema.name);
      if (JSON.stringify(now) !== JSON.stringify(schema)) throw new Error(`${schema.name} is being migrated: try again when that is done`);
    }
  }

  copy(schema: string, table: StoredTable): Readable & { readonly rowCount: number } {
    return this.client.query(to(`copy ${schema}.${table.name} (${columnList(table)}) to stdout`));
  }

  head(schema: string): Promise<Head> {
    return headOf(this.client, schema);
  }

  /** Where each sequence stands now, which is at or after the snapshot: no number is given twice. */
  async sequences(schema: string): Promise<Record<string, string>> {
    const { rows } = await this.client.query<{ name: string; value: string }>(
      'select sequencename::text as name, last_value::text as value from pg_sequences where schemaname = $1 and last_value is not null order by 1',
      [schema],
    );
    return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
  }

  async rows<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.client.query(text, [...values])).rows as Row[];
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}

/** @throws Error where an event neither has a position nor waits for one, or a position is missing */
export async function headOf(client: pg.Client, schema: string): Promise<Head> {
  const { rows } = await client.query<Record<'events' | 'sequenced' | 'position' | 'waiting' | 'sequencer', string>>(
    `select (select count(*) from ${schema}.event) as events, (select count(*) from ${schema}.event_log) as sequenced,
       (select coalesce(max(position), 0) from ${schema}.event_log) as position, (select count(*) from ${schema}.outbox) as waiting,
       (select position from ${schema}.sequencer) as sequencer`,
  );
  const [events, sequenced, position, waiting, sequencer] = ['events', 'sequenced', 'position', 'waiting', 'sequencer'].map((name) =>
    Number(rows[0]![name as 'events']),
  ) as [number, number, number, number, number];
  if (sequenced !== position || sequencer !== position || events !== sequenced + waiting)
    throw new Error(
      `the log of ${schema} is not whole: ${events} events, ${sequenced} of them with positions up to ${position}, ${waiting} waiting, sequencer at ${sequencer}`,
    );
  return { events, position, waiting };
}

/** Postgres' answer where a lock was not to be had in time. */
const NOT_AVAILABLE = '55P03';

/**
 * Keeps services from taking in commands of sagas while `work` runs, for milliseconds: what is fixed meanwhile has received nothing that its sender, fixed
 * before it, has not sent.
 */
export async function whileNothingIsReceived<T>(
  databases: readonly { connection: Connection; schema: string }[],
  work: () => Promise<T>,
): Promise<T> {
  const clients: pg.Client[] = [];
  try {
    for (const { connection, schema } of databases) {
      const client = await connectedClient(connection, APPLICATION_NAME);
      clients.push(client);
      await client.query(`begin; set local lock_timeout = '10s'; lock table ${schema}.command_inbox in share mode`);
    }
    const done = await work();
    // Whose connection was cut meanwhile has not kept anybody from anything.
    for (const client of clients) await client.query('commit');
    return done;
  } catch (error) {
    if ((error as { code?: string }).code !== NOT_AVAILABLE) throw error;
    throw new Error('a service holds the inbox of its commands for more than 10 s: look for a transaction that somebody left open, and try again', {
      cause: error,
    });
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}
