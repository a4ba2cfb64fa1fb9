import { hash } from 'node:crypto';
import type { AppendRequest, InlineRow, Receipt } from '@kernel/ports/event-store.js';
import type { EventContext } from '@kernel/event.js';
import type { SagaWrites } from '@kernel/ports/saga-writes.js';
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
const CHECKPOINT_PARAMETERS = 5;
const SAGA_PARAMETERS = CHECKPOINT_PARAMETERS + 6;

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
  const streams = joined(request.streams).sort((a, b) => (a.stream < b.stream ? -1 : 1));
  const contexts = request.streams.flatMap(({ events: own, context }) => own.map(() => context ?? scope));
  const values: unknown[] = [
    streams.map((stream) => stream.stream),
    streams.map((stream) => stream.expectedVersion),
    streams.map((stream) => stream.count),
    events.map((event) => event.stream),
    events.map((event) => event.streamVersion),
    events.map((event) => event.id),
    events.map((event) => event.type),
    events.map((event) => event.version),
    events.map((event) => event.data),
    events.map((event) => event.occurredAt),
    contexts.map((context) => context.actor),
    contexts.map((context) => context.correlationId),
    contexts.map((context) => context.causationId),
    contexts.map((context) => context.traceparent),
    receipts.map((receipt) => receipt.principal),
    receipts.map((receipt) => receipt.route),
    receipts.map((receipt) => receipt.key),
    receipts.map((receipt) => receipt.bodyDigest),
    receipts.map((receipt) => JSON.stringify(receipt.outcome)),
  ];
  if (request.sagas) values.push(...sagaValues(request.sagas));
  const inline = groupByTable(request.streams.flatMap((stream) => stream.inline ?? []));
  for (const rows of inline.values()) values.push(JSON.stringify(rows.map((row) => row.row)));
  return {
    statement: statementFor(
      schema,
      [...inline.values()].map((rows) => rows[0]!),
      request.sagas ? Math.max(1, request.sagas.checkpoints?.length ?? 0) : 0,
    ),
    values,
  };
}

/** Statements by the shape of their inline rows. Code makes the shapes, never a caller: there are as many as there are read models. */
const statements = new Map<string, NamedStatement>();

/** @param records calls of the function that records sagas: it moves one checkpoint each, and the last one stores all the rest */
function statementFor(schema: string, samples: readonly InlineRow[], records: number): NamedStatement {
  const shape = [schema, records, ...samples.flatMap((sample) => [sample.table, sample.key, ...Object.keys(sample.row)])].join();
  const known = statements.get(shape);
  if (known) return known;
  const counts = Array.from({ length: records }, (_, index) => (index === records - 1 ? SAGA_PARAMETERS : CHECKPOINT_PARAMETERS));
  const bound = APPEND_PARAMETERS + counts.reduce((sum, count) => sum + count, 0);
  const ctes = samples.map((sample, index) => inlineUpsert(schema, sample, `$${bound + 1 + index}`, `inline_${index}`));
  // After the streams are locked: what it locks beside them belongs to their sagas, so that two batches cannot wait for each other.
  const beside = counts.map((count, index) => {
    const own = placeholders(count, APPEND_PARAMETERS + index * CHECKPOINT_PARAMETERS);
    return `, ${schema}.record_sagas(${own}${', null'.repeat(SAGA_PARAMETERS - count)})`;
  });
  const call = `select ${schema}.append(${placeholders(APPEND_PARAMETERS)}) as recorded_at${beside.join('')}`;
  const text = ctes.length === 0 ? call : `with ${ctes.join(', ')} ${call}`;
  // A digest, because Postgres tells statements apart by the first 63 bytes of their names only.
  const statement = { name: `${schema}.append:${hash('md5', text)}`, text };
  statements.set(shape, statement);
  return statement;
}

const placeholders = (count: number, after = 0): string => Array.from({ length: count }, (_, i) => `$${after + i + 1}`).join(', ');

/** One entry a stream, whose row is then locked and counted up once. @throws Error where a second entry does not go on where the first ends */
function joined(appends: AppendRequest['streams']): { stream: string; expectedVersion: number; count: number }[] {
  const streams = new Map<string, { stream: string; expectedVersion: number; count: number }>();
  for (const { stream, expectedVersion, events, guard } of appends) {
    if (events.length === 0 && !guard) continue;
    const before = streams.get(stream);
    if (!before) {
      streams.set(stream, { stream, expectedVersion, count: events.length });
      continue;
    }
    if (expectedVersion !== before.expectedVersion + before.count) throw new Error(`the entries of ${stream} do not follow each other`);
    before.count += events.length;
  }
  return [...streams.values()];
}

const NO_CHECKPOINT = Array.from({ length: CHECKPOINT_PARAMETERS }, () => null);

/** Checkpoints in one order, so that two appends that move several cannot wait for each other. */
const sagaValues = ({ checkpoints = [], held = [], commands = [], set = [], cleared = [], parked = [], released = [] }: SagaWrites): unknown[] => [
  ...(checkpoints.length === 0 ? NO_CHECKPOINT : []),
  ...checkpoints
    .toSorted((a, b) => (a.context < b.context ? -1 : a.context > b.context ? 1 : a.partition - b.partition))
    .flatMap(({ consumer, context, partition, from, to }) => [consumer, context, partition, from, to]),
  ...[held, commands, set, cleared, parked, released].map((rows) => (rows.length > 0 ? JSON.stringify(rows) : null)),
];

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
