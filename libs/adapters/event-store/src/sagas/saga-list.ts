import type { PendingCommand, SagaFilter, SagaSummary } from '@kernel/ports/sagas.js';
import type { SagaKey } from '@kernel/ports/saga-writes.js';
import type { SagaCounts } from './saga-metrics.js';
import type { SagaDefinitions } from './saga-definitions.js';
import type { SagaStore } from './saga-store.js';

interface Held {
  readonly store: SagaStore;
}
interface Counted extends Held {
  readonly definitions: Pick<SagaDefinitions, 'names'>;
}

/** What can move by itself, and has not for so long (`$1` seconds); one whose deadline is to come will move then. */
const overdue = (schema: string): string => `(s.moved_at < clock_timestamp() - $1 * interval '1 second'
    and s.status in ('running', 'compensating') and not exists (
      select from ${schema}.deadline d where d.saga = s.saga and d.saga_id = s.id and d.due_at > clock_timestamp()))`;

/** It, or something of it, moves again only by an operator: no time has to pass for that to be known. `$2` is the context whose sagas these are. */
const waiting = (schema: string): string => `(s.status = 'failed'
  or exists (select from ${schema}.command_outbox c where c.parked and c.saga = s.saga and c.saga_id = s.id)
  or exists (select from ${schema}.command_inbox i where i.parked and i.source = $2 and i.saga = s.saga and i.saga_id = s.id)
  or exists (select from ${schema}.parked_message p where p.saga = s.saga and p.saga_id = s.id))`;

const stuck = (schema: string): string => `(${waiting(schema)} or ${overdue(schema)})`;

const columns = (schema: string): string => `s.saga, s.id, s.status, s.step, s.outcome, s.version, ${stuck(schema)} as stuck,
  (extract(epoch from s.started_at) * 1000)::float8 as started_ms, (extract(epoch from s.moved_at) * 1000)::float8 as moved_ms`;

interface SagaRow {
  readonly saga: string;
  readonly id: string;
  readonly status: SagaSummary['status'];
  readonly step: string;
  readonly outcome: string | null;
  readonly version: number;
  readonly stuck: boolean;
  readonly started_ms: number;
  readonly moved_ms: number;
}

const ALIVE = ['running', 'resting', 'compensating', 'failed'] as const satisfies readonly SagaSummary['status'][];

const instant = (ms: number): string => new Date(Number(ms)).toISOString();

const toSummary = ({ saga, id, status, step, outcome, version, stuck: isStuck, started_ms, moved_ms }: SagaRow): SagaSummary => ({
  saga,
  id,
  status,
  step,
  ...(outcome !== null && { outcome }),
  startedAt: instant(started_ms),
  movedAt: instant(moved_ms),
  version,
  stuck: isStuck,
});

/** Newest first. The conditions that are asked for make the statement, so that each way of asking has a plan of its own. */
export async function listSagas({ store }: Held, filter: SagaFilter, stuckSeconds: number): Promise<SagaSummary[]> {
  const schema = store.context;
  const values: unknown[] = [stuckSeconds, schema];
  const shape: string[] = [];
  const conditions: string[] = [];
  const where = (name: string, condition: (...parameters: string[]) => string, ...given: unknown[]): void => {
    const first = values.length + 1;
    values.push(...given);
    shape.push(name);
    conditions.push(condition(...given.map((_, index) => `$${first + index}`)));
  };
  if (filter.saga !== undefined) where('saga', (saga) => `s.saga = ${saga}`, filter.saga);
  if (filter.id !== undefined) where('id', (id) => `s.id = ${id}`, filter.id);
  if (filter.status !== undefined) where('status', (status) => `s.status = ${status}`, filter.status);
  if (filter.stuckForSeconds !== undefined) {
    const slow = (seconds: string): string => `(s.moved_at <= clock_timestamp() - ${seconds} * interval '1 second' and ${overdue(schema)})`;
    where('stuck', (seconds) => `(${waiting(schema)} or ${slow(seconds)})`, filter.stuckForSeconds);
  }
  if (filter.after) where('after', (at, saga, id) => `(s.started_at, s.saga, s.id) < (${at}::timestamptz, ${saga}, ${id})`, ...filter.after);
  values.push(filter.limit);
  const rows = await store.query<SagaRow>(
    `sagas.list:${shape.join()}`,
    `select ${columns(schema)} from ${schema}.saga s where ${['true', ...conditions].join(' and ')}
     order by s.started_at desc, s.saga desc, s.id desc limit $${values.length}`,
    values,
  );
  return rows.map(toSummary);
}

export async function findSaga({ store }: Held, { saga, sagaId }: SagaKey, stuckSeconds: number): Promise<SagaSummary | undefined> {
  const rows = await store.query<SagaRow>(
    'sagas.find',
    `select ${columns(store.context)} from ${store.context}.saga s where s.saga = $3 and s.id = $4`,
    [stuckSeconds, store.context, saga, sagaId],
  );
  return rows.map(toSummary)[0];
}

export async function armedRows({ store }: Held, { saga, sagaId }: SagaKey): Promise<Record<string, string>> {
  const rows = await store.query<{ name: string; due_ms: number }>(
    'sagas.deadlines',
    `select name, (extract(epoch from due_at) * 1000)::float8 as due_ms from ${store.context}.deadline where saga = $1 and saga_id = $2 order by due_at`,
    [saga, sagaId],
  );
  return Object.fromEntries(rows.map(({ name, due_ms }) => [name, instant(due_ms)]));
}

interface PendingRow {
  readonly id: string;
  readonly name: string;
  readonly target: string;
  readonly data: string;
  readonly attempts: number;
  readonly next_ms: number;
  readonly error: string | null;
  readonly parked: boolean;
}

/** Commands in the outbox, and those that were received by this very context and are parked there; another context's are among its own dead letters. */
export async function pendingCommands({ store }: Held, { saga, sagaId }: SagaKey): Promise<PendingCommand[]> {
  const rows = await store.query<PendingRow>(
    'sagas.pending',
    `select id, name, target, data, attempts, error, parked,
       (extract(epoch from greatest(next_attempt_at, timestamptz 'epoch')) * 1000)::float8 as next_ms
     from (
       select 1 as place, seq, id, name, target, data, attempts, error, parked, next_attempt_at from ${store.context}.command_outbox
       where saga = $1 and saga_id = $2
       union all
       select 0, seq, id, name, target, data, attempts, error, parked, next_attempt_at from ${store.context}.command_inbox
       where parked and source = $3 and saga = $1 and saga_id = $2
     ) as pending order by place, seq`,
    [saga, sagaId, store.context],
  );
  return rows.map(({ id, name, target, data, attempts, next_ms, error, parked }) => ({
    id,
    name,
    context: target,
    data: JSON.parse(data) as unknown,
    attempts,
    nextAttemptAt: instant(next_ms),
    ...(error !== null && { error }),
    parked,
  }));
}

/** Commands that failed are due at once, as if they never had; how many. One that is in hand just now is left there. */
export async function retryCommands({ store }: Held, { saga, sagaId }: SagaKey): Promise<number> {
  const again = `parked = false, attempts = 1, error = null, next_attempt_at = '-infinity'`;
  const rows = await store.query(
    'sagas.retry-commands',
    `with received as (
       update ${store.context}.command_inbox set ${again}
       where parked and source = $3 and saga = $1 and saga_id = $2 returning id
     ), asked as (
       update ${store.context}.command_outbox set ${again}
       where saga = $1 and saga_id = $2 and claimed_by is null and error is not null returning id
     ) select id from received union all select id from asked`,
    [saga, sagaId, store.context],
  );
  return rows.length;
}

/**
 * How many sagas have not ended, and how many of all are stuck: by partial indexes, whatever the number of those that ended. Where there is none
 * it tells zero: an alarm needs a figure to watch before there is anything to tell.
 */
export async function countSagas(hosts: readonly Counted[], stuckSeconds: number): Promise<SagaCounts> {
  const counts = await Promise.all(hosts.map((host) => countsOf(host, stuckSeconds)));
  return { byStatus: counts.flatMap(({ byStatus }) => byStatus), stuck: counts.flatMap(({ stuck: some }) => some) };
}

async function countsOf({ store, definitions }: Counted, stuckSeconds: number): Promise<SagaCounts> {
  const { context } = store;
  const [byStatus, stuckOnes] = await Promise.all([
    store.query<{ saga: string; status: string; count: number }>(
      'sagas.alive',
      `select saga, status, count(*)::int as count from ${context}.saga where status <> 'ended' group by saga, status`,
      [],
    ),
    store.query<{ saga: string; count: number }>(
      'sagas.stuck',
      `select saga, count(*)::int as count from (
         select s.saga, s.id from ${context}.saga s where s.status <> 'ended' and (s.status = 'failed' or ${overdue(context)})
         union select saga, saga_id from ${context}.command_outbox where parked
         union select saga, saga_id from ${context}.command_inbox where parked and source = $2
         union select saga, saga_id from ${context}.parked_message
       ) as stuck group by saga`,
      [stuckSeconds, context],
    ),
  ]);
  const none = definitions.names().flatMap((saga) => ALIVE.map((status) => ({ saga, status, count: 0 })));
  const noneStuck = definitions.names().map((saga) => ({ saga, count: 0 }));
  return {
    byStatus: [...byStatus, ...none.filter(({ saga, status }) => !byStatus.some((row) => row.saga === saga && row.status === status))],
    stuck: [...stuckOnes, ...noneStuck.filter(({ saga }) => !stuckOnes.some((row) => row.saga === saga))],
  };
}
