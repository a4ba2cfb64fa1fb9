import { ContextDatabase } from '@adapters/event-store/src/context-database.js';
import { PostgresEventLog } from '@adapters/event-store/src/postgres-event-log.js';
import { PostgresEventStore } from '@adapters/event-store/src/postgres-event-store.js';
import { LogSignal, logChannel } from '@adapters/event-store/src/log-signal.js';
import { Sequencer, type SequencerOptions } from '@adapters/event-store/src/sequencer.js';
import type { DomainEvent } from '@kernel/event.js';
import type { Receipt, StreamAppend } from '@kernel/ports/event-store.js';
import { RequestContext, type RequestScope } from '@kernel/ports/request-context.js';
import { SchemaRegistry } from '@kernel/schema-registry.js';
import { orderingMigrations } from '@migrations/postgres/src/ordering/index.js';
import pg from 'pg';
import { z } from 'zod';
import { testDatabase } from './postgres.js';

/** The one event of these tests' streams: somebody noted a number. */
export type Noted = DomainEvent<'test.Noted', { readonly by: string; readonly n: number }>;

export const noted = (by: string, n: number, occurredAt?: string): Noted => ({
  type: 'test.Noted',
  version: 1,
  data: { by, n },
  ...(occurredAt && { occurredAt }),
});

/** The stream at a version, with so many new notes. */
export const notes = (stream: string, expectedVersion: number, count = 1, by = 'writer'): StreamAppend => ({
  stream,
  expectedVersion,
  events: Array.from({ length: count }, (_, index) => noted(by, expectedVersion + index + 1)),
});

export const receiptOf = (key: string, { principal = 'ada', route = 'POST /notes', bodyDigest = 'body', status = 201 } = {}): Receipt => ({
  principal,
  route,
  key,
  bodyDigest,
  outcome: { status, body: { noted: key } },
});

/** A scope that a test sets by hand. */
export class TestScope extends RequestContext {
  scope: RequestScope = {
    requestId: 'test',
    principal: null,
    actor: null,
    correlationId: '01890a5d-ac96-774b-bcce-b302099a8057',
    causationId: null,
    traceparent: null,
    idempotency: null,
    expectedVersion: null,
  };

  current(): RequestScope {
    return this.scope;
  }

  run<T>(scope: RequestScope, work: () => T): T {
    const before = this.scope;
    this.scope = scope;
    try {
      return work();
    } finally {
      this.scope = before;
    }
  }
}

/** An event store of the ordering context in a database of its own. */
export async function testEventStore({ poolSize = 20 } = {}) {
  const server = await testDatabase();
  const database = await ContextDatabase.connect({ context: 'ordering', url: server.url, migrations: orderingMigrations, poolSize });
  await database.migrate();
  const registry = new SchemaRegistry([{ type: 'test.Noted', version: 1, schema: z.object({ by: z.string(), n: z.number().int() }), upcasters: {} }]);
  const scope = new TestScope();
  const signal = new LogSignal({ connectionString: server.url }, logChannel('ordering'));
  const admin = new pg.Pool({ connectionString: server.url, max: 6 });
  // The pool's end does not wait for its last goodbyes, and dropping the database cuts them short.
  admin.on('error', () => undefined);
  const held: pg.PoolClient[] = [];
  return {
    url: server.url,
    adminUrl: server.adminUrl,
    database,
    scope,
    registry,
    store: new PostgresEventStore(database, registry, scope, { now: () => new Date().toISOString() }),
    log: new PostgresEventLog(database, signal),
    sequencer: (options: Partial<SequencerOptions> = {}) => new Sequencer(database, { owner: 'one', ...options }),
    /** Asks behind the store's back. */
    ask: async <Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> => (await admin.query<Row>(sql, values)).rows,
    /** A connection for a transaction that stays open until the caller releases it, or the test ends. */
    connection: async () => {
      const client = await admin.connect();
      held.push(client);
      return client;
    },
    close: async () => {
      for (const client of held) destroy(client);
      await Promise.all([signal.close(), admin.end(), database.close()]);
      await server.drop();
    },
  };
}

export type TestEventStore = Awaited<ReturnType<typeof testEventStore>>;

/** Ends a connection that a failed test left in the middle of something. */
function destroy(client: pg.PoolClient): void {
  try {
    client.release(true);
  } catch {
    // Released already, as it should be.
  }
}
