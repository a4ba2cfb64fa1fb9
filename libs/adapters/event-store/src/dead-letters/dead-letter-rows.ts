import { commandRefusedType } from '@kernel/command-refused-events.js';
import type { DeadLetter, DeadLetterFilter, DeadLetterKind } from '@kernel/ports/dead-letters.js';
import type { SchemaRegistry } from '@kernel/schema-registry.js';
import type { ContextDatabase } from '../context-database.js';

/** Columns that every kind tells, in one order. */
const SOURCES: Readonly<Record<DeadLetterKind, (schema: string) => string>> = {
  'saga-message': (schema) => `select 'saga-message' as kind, p.seq, p.type, p.saga || '/' || p.saga_id as subject, p.reason, p.parked_at,
    exists (select from ${schema}.parked_message b where b.saga = p.saga and b.saga_id = p.saga_id and b.seq < p.seq) as held
    from ${schema}.parked_message p`,
  'outbox-command': (schema) => commandSource(schema, 'outbox-command', 'command_outbox'),
  'inbox-command': (schema) => commandSource(schema, 'inbox-command', 'command_inbox'),
  'topic-message': (schema) => `select 'topic-message', seq, topic, topic || '/' || partition || '/' || "offset", reason, parked_at, false
    from ${schema}.dead_letter where resolved is null`,
};

/** A parked command is due at the moment when it was parked, for ever. */
const commandSource = (schema: string, kind: DeadLetterKind, table: string): string =>
  `select '${kind}', seq, target || '.' || name, saga || '/' || saga_id, coalesce(error, ''), date_trunc('milliseconds', greatest(next_attempt_at, timestamptz 'epoch')), false
   from ${schema}.${table} where parked`;

/** The kinds that a context can have: what it does for sagas shows in the events that it publishes. */
export function kindsOf(context: string, registry: SchemaRegistry): DeadLetterKind[] {
  const types = new Set(registry.all().map(({ type }) => type));
  return [
    ...(types.has(`${context}.SagaAdvanced`) ? (['saga-message', 'outbox-command'] as const) : []),
    ...(types.has(commandRefusedType(context)) ? (['inbox-command'] as const) : []),
    'topic-message',
  ];
}

interface DeadLetterRow {
  readonly kind: DeadLetterKind;
  readonly seq: string;
  readonly type: string;
  readonly subject: string;
  readonly reason: string;
  readonly held: boolean;
  readonly parked_ms: number;
}

const COLUMNS = `d.kind, d.seq, d.type, d.subject, d.reason, d.held, (extract(epoch from d.parked_at) * 1000)::float8 as parked_ms`;

const union = (schema: string, kinds: readonly DeadLetterKind[]): string =>
  // The first names the columns of all.
  `(select null::text as kind, null::bigint as seq, null::text as type, null::text as subject, null::text as reason, null::timestamptz as parked_at, null::boolean as held where false
    ${kinds.map((kind) => `union all ${SOURCES[kind](schema)}`).join('\n')}) as d`;

/** The last parked first. */
export async function listDeadLetters(database: ContextDatabase, kinds: readonly DeadLetterKind[], filter: DeadLetterFilter): Promise<DeadLetter[]> {
  const { context } = database;
  const rows = await database.query<DeadLetterRow>(
    {
      name: `${context}.dead-letters.list`,
      text: `select ${COLUMNS} from ${union(context, kinds)}
        where ($1::text is null or d.kind = $1) and ($2::boolean is null or d.held = $2) and ($3::text is null or d.type = $3)
          and ($4::text is null or d.subject = $4) and ($5::timestamptz is null or (d.parked_at, d.kind || '-' || d.seq) < ($5, $6))
        order by d.parked_at desc, d.kind || '-' || d.seq desc limit $7`,
    },
    [
      filter.kind ?? null,
      filter.state === undefined ? null : filter.state === 'held',
      filter.type ?? null,
      filter.subject ?? null,
      ...(filter.after ?? [null, null]),
      filter.limit,
    ],
  );
  return rows.map((row) => listed(context, row));
}

/** One of them, by its kind and number. */
export async function findDeadLetter(database: ContextDatabase, kind: DeadLetterKind, seq: string): Promise<DeadLetter | undefined> {
  const { context } = database;
  const rows = await database.query<DeadLetterRow>(
    { name: `${context}.dead-letters.find-${kind}`, text: `select ${COLUMNS} from ${union(context, [kind])} where d.seq = $1` },
    [seq],
  );
  return rows.map((row) => listed(context, row))[0];
}

export interface DeadLetterCount {
  readonly context: string;
  readonly kind: DeadLetterKind;
  readonly state: DeadLetter['state'];
  readonly count: number;
}

/** How many there are of each kind; zero is told as well, for an alarm to have a figure to watch. */
export async function countDeadLetters(database: ContextDatabase, kinds: readonly DeadLetterKind[]): Promise<DeadLetterCount[]> {
  const { context } = database;
  const rows = await database.query<{ kind: DeadLetterKind; held: boolean; count: number }>(
    {
      name: `${context}.dead-letters.count`,
      text: `select d.kind, d.held, count(*)::int as count from ${union(context, kinds)} group by d.kind, d.held`,
    },
    [],
  );
  const count = (kind: DeadLetterKind, held: boolean): number => rows.find((row) => row.kind === kind && row.held === held)?.count ?? 0;
  return kinds.flatMap((kind) => [
    { context, kind, state: 'parked' as const, count: count(kind, false) },
    // Only a saga's messages wait behind each other.
    ...(kind === 'saga-message' ? [{ context, kind, state: 'held' as const, count: count(kind, true) }] : []),
  ]);
}

const listed = (context: string, { kind, seq, type, subject, reason, held, parked_ms }: DeadLetterRow): DeadLetter => ({
  id: `${kind}-${seq}`,
  context,
  kind,
  type,
  subject,
  state: held ? 'held' : 'parked',
  reason,
  parkedAt: new Date(Number(parked_ms)).toISOString(),
});
