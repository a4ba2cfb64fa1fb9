import { hash } from 'node:crypto';
import type { AppendRequest, InlineRow, Receipt } from '@kernel/ports/event-store.js';
import type { EventContext } from '@kernel/event.js';
import type { NamedStatement } from './context-database.js';

/** One event with the id and the place that the append gives it. */
export interface PlacedEvent {
  readonly id: string;
  readonly stream: string;
  readonly streamVersion: number;
  readonly type: string;
  readonly version: number;
  readonly data: string;
  readonly occurredAt: string;
}

const APPEND_PARAMETERS = 19;

/**
 * The append of DESIGN's one statement: events, receipts and outbox by the schema's append function, and each inline read
 * model's rows as a data-modifying CTE beside it, so that one round trip is one transaction.
 */
export function appendStatement(
  schema: string,
  request: AppendRequest,
  events: readonly PlacedEvent[],
  scope: EventContext,
  receipts: readonly Receipt[],
): { statement: NamedStatement; values: unknown[] } {
  // Locked in the order of their names, so that two appends over the same streams cannot wait for each other.
  const streams = [...request.streams].filter((stream) => stream.events.length > 0).sort((a, b) => (a.stream < b.stream ? -1 : 1));
  const values: unknown[] = [
    streams.map((stream) => stream.stream),
    streams.map((stream) => stream.expectedVersion),
    streams.map((stream) => stream.events.length),
    events.map((event) => event.stream),
    events.map((event) => event.streamVersion),
    events.map((event) => event.id),
    events.map((event) => event.type),
    events.map((event) => event.version),
    events.map((event) => event.data),
    events.map((event) => event.occurredAt),
    scope.actor,
    scope.correlationId,
    scope.causationId,
    scope.traceparent,
    receipts.map((receipt) => receipt.principal),
    receipts.map((receipt) => receipt.route),
    receipts.map((receipt) => receipt.key),
    receipts.map((receipt) => receipt.bodyDigest),
    receipts.map((receipt) => JSON.stringify(receipt.outcome)),
  ];
  const inline = groupByTable(request.streams.flatMap((stream) => stream.inline ?? []));
  for (const rows of inline.values()) values.push(JSON.stringify(rows.map((row) => row.row)));
  return {
    statement: statementFor(
      schema,
      [...inline.values()].map((rows) => rows[0]!),
    ),
    values,
  };
}

/** Statements by the shape of their inline rows. Code makes the shapes, never a caller: there are as many as there are read models. */
const statements = new Map<string, NamedStatement>();

function statementFor(schema: string, samples: readonly InlineRow[]): NamedStatement {
  const shape = [schema, ...samples.flatMap((sample) => [sample.table, sample.key, ...Object.keys(sample.row)])].join();
  const known = statements.get(shape);
  if (known) return known;
  const ctes = samples.map((sample, index) => inlineUpsert(schema, sample, `$${APPEND_PARAMETERS + 1 + index}`, `inline_${index}`));
  const call = `select ${schema}.append(${placeholders(APPEND_PARAMETERS)}) as recorded_at`;
  const text = ctes.length === 0 ? call : `with ${ctes.join(', ')} ${call}`;
  // A digest, because Postgres tells statements apart by the first 63 bytes of their names only.
  const statement = { name: `${schema}.append:${hash('md5', text)}`, text };
  statements.set(shape, statement);
  return statement;
}

const placeholders = (count: number): string => Array.from({ length: count }, (_, i) => `$${i + 1}`).join(', ');

/** Rows by table; of two rows with one key the later stands, since a statement cannot upsert a row twice. */
function groupByTable(rows: readonly InlineRow[]): Map<string, InlineRow[]> {
  const tables = new Map<string, Map<unknown, InlineRow>>();
  for (const row of rows) {
    const keyed = tables.get(row.table) ?? new Map<unknown, InlineRow>();
    tables.set(row.table, keyed.set(row.row[row.key], row));
  }
  return new Map([...tables].map(([table, keyed]) => [table, [...keyed.values()]]));
}

/** Names come from code, values are bound: the rows travel as one JSON parameter that Postgres types by the table's own columns. */
function inlineUpsert(schema: string, sample: InlineRow, parameter: string, name: string): string {
  const { table } = sample;
  const columns = Object.keys(sample.row);
  const changed = columns.filter((column) => column !== sample.key).map((column) => `${column} = excluded.${column}`);
  return (
    `${name} as (insert into ${schema}.${table} as t (${columns.join(', ')}) ` +
    `select ${columns.join(', ')} from json_populate_recordset(null::${schema}.${table}, ${parameter}) ` +
    `on conflict (${sample.key}) do update set ${changed.join(', ')} where t.version <= excluded.version)`
  );
}
