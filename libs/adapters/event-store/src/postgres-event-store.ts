import type { Clock } from '@kernel/clock.js';
import type { StoredEvent } from '@kernel/event.js';
import {
  EventStore,
  ReceiptExists,
  StaleCheckpoint,
  UniqueViolation,
  type AppendRequest,
  type AppendResult,
  type CommandOutcome,
  type Receipt,
  type SnapshotRead,
} from '@kernel/ports/event-store.js';
import type { IdempotencyClaim, RequestContext } from '@kernel/ports/request-context.js';
import { Refusal } from '@kernel/refusal.js';
import type { SchemaRegistry } from '@kernel/schema-registry.js';
import { appendStatement, type PlacedEvent } from './append-statement.js';
import type { ContextDatabase, NamedStatement } from './context-database.js';
import { eventId } from './event-id.js';
import { EVENT_COLUMNS, toStoredEvent, type EventRow } from './event-row.js';
import { exactInstant, exactJson } from './exact.js';
import { appends } from './metrics.js';
import { readSinceSnapshots, toSnapshotReads, type SnapshotRow } from './snapshots.js';

/** What an append committed, or may have: its answer can get lost. Must not reject. */
export type Committed = (
  context: string,
  events: readonly { readonly id: string; readonly type: string; readonly stream: string }[],
) => Promise<void>;

/** The event store of one context in its own Postgres schema; see `event-store-tables.ts` for the rules that its functions keep. */
export class PostgresEventStore extends EventStore {
  readonly context: string;

  constructor(
    private readonly database: ContextDatabase,
    private readonly registry: SchemaRegistry,
    private readonly scope: RequestContext,
    private readonly clock: Clock,
    private readonly onAppended: () => void = () => undefined,
    private readonly committed: Committed | null = null,
  ) {
    super();
    this.context = database.context;
  }

  async append(request: AppendRequest): Promise<AppendResult> {
    const events = this.place(request);
    const last = events.at(-1);
    const token = last ? { [this.context]: last.id } : {};
    const receipts = (request.receipts ?? []).map((receipt): Receipt => ({ ...receipt, outcome: withToken(receipt.outcome, token) }));
    const { statement, values } = appendStatement(this.context, request, events, this.scope.current(), receipts);
    const started = performance.now();
    try {
      await this.database.query(statement, values);
    } catch (error) {
      const told = translate(error);
      // Not one of the database's answers: the connection may have gone after the commit. A refusal was never asked of it.
      if (told === error && !(error instanceof Refusal) && last) await this.committed?.(this.context, events);
      throw told;
    }
    if (last) {
      this.onAppended();
      await this.committed?.(this.context, events);
    }
    appends.record(performance.now() - started, events.length, this.context);
    return { token };
  }

  private place(request: AppendRequest): PlacedEvent[] {
    const now = this.clock.now();
    return request.streams.flatMap((stream) =>
      stream.events.map((event, index) => ({
        id: eventId(),
        stream: stream.stream,
        streamVersion: stream.expectedVersion + index + 1,
        type: event.type,
        version: event.version,
        data: exactJson(this.registry.current(event.type).schema.parse(event.data)),
        occurredAt: exactInstant(event.occurredAt ?? now),
      })),
    );
  }

  async read(stream: string, upTo: { version?: number; at?: string } = {}): Promise<StoredEvent[]> {
    const rows = await this.database.query<EventRow>(
      this.statement(
        'read',
        `where e.stream_id = $1 and e.stream_version <= coalesce($2, 2147483647) and e.occurred_at <= coalesce($3, 'infinity'::timestamptz) order by e.stream_version`,
      ),
      [stream, upTo.version ?? null, upTo.at ?? null],
    );
    return rows.map(toStoredEvent);
  }

  async readMany(streams: readonly string[]): Promise<Map<string, StoredEvent[]>> {
    const rows = await this.database.query<EventRow>(
      this.statement('read-many', 'where e.stream_id = any($1) order by e.stream_id, e.stream_version'),
      [streams],
    );
    return Map.groupBy(rows.map(toStoredEvent), (event) => event.stream);
  }

  async readSinceSnapshots(streams: readonly string[], shape: string): Promise<Map<string, SnapshotRead>> {
    return toSnapshotReads(await this.database.query<SnapshotRow>(readSinceSnapshots(this.context), [streams, shape]));
  }

  async versions(streams: readonly string[]): Promise<Map<string, number>> {
    const rows = await this.database.query<{ id: string; version: number }>(
      { name: `${this.context}.versions`, text: `select id, version from ${this.context}.stream where id = any($1)` },
      [streams],
    );
    const found = new Map(rows.map((row) => [row.id, row.version]));
    return new Map(streams.map((stream) => [stream, found.get(stream) ?? 0]));
  }

  async receipt(claim: IdempotencyClaim): Promise<CommandOutcome | null> {
    const outcome = (await this.receipts([claim])).get(claim.key);
    if (outcome === 'key-reused') {
      throw new Refusal('idempotency.key-reused', 'key-reused', 'This Idempotency-Key was used with another request: use a new key', {
        header: 'Idempotency-Key',
      });
    }
    return outcome ?? null;
  }

  async receipts(claims: readonly IdempotencyClaim[]): Promise<Map<string, CommandOutcome | 'key-reused'>> {
    const first = claims[0];
    if (!first) return new Map();
    const digests = new Map(claims.map((claim) => [claim.key, claim.bodyDigest]));
    const rows = await this.database.query<{ key: string; body_digest: string; outcome: string }>(
      {
        name: `${this.context}.receipts`,
        text: `select key, body_digest, outcome from ${this.context}.receipt where principal = $1 and route = $2 and key = any($3)`,
      },
      [first.principal, first.route, [...digests.keys()]],
    );
    return new Map(
      rows.map((row) => [
        row.key,
        row.body_digest === digests.get(row.key) ? { ...(JSON.parse(row.outcome) as CommandOutcome), replayed: true } : 'key-reused',
      ]),
    );
  }

  private statement(name: string, rest: string): NamedStatement {
    return { name: `${this.context}.${name}`, text: `select ${EVENT_COLUMNS} from ${this.context}.event e ${rest}` };
  }
}

const withToken = (outcome: CommandOutcome, token: Record<string, string>): CommandOutcome => ({ ...outcome, token: { ...outcome.token, ...token } });

/** Postgres' words into the port's. */
function translate(error: unknown): unknown {
  const { code, detail, constraint } = error as { code?: string; detail?: string; constraint?: string };
  if (code === 'NC001' || (code === '23505' && constraint?.startsWith('event_'))) {
    return new Refusal('concurrency.stale-version', 'stale', 'The stream has moved on since it was read', { stream: detail });
  }
  if (code === 'NC002') return new ReceiptExists('a receipt with this key was committed meanwhile');
  if (code === 'NC003') {
    return new Refusal('idempotency.in-flight', 'in-flight', 'A request with this Idempotency-Key is being worked on: try again shortly');
  }
  if (code === 'NC004') return new StaleCheckpoint('another has advanced the checkpoint');
  if (code === '23505' && constraint) return new UniqueViolation(constraint);
  return error;
}
