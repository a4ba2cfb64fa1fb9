import type { EventContext } from '@kernel/event.js';
import type { EventStore } from '@kernel/ports/event-store.js';
import type { CheckpointMove, DeadlineRow, SagaKey } from '@kernel/ports/saga-writes.js';
import { sagaStream, type SagaStep } from '@kernel/saga.js';
import type { ContextDatabase } from '../context-database.js';
import type { Received } from './saga-definitions.js';
import type { StepPlan } from './plan-steps.js';

/** A saga as its stream tells it. */
export interface LoadedSaga {
  readonly steps: readonly SagaStep[];
  /** What a message that no event brought carries on. */
  readonly context: EventContext;
}

/** What one context keeps of its sagas: steps in its event store, the rest in the tables of `saga-tables.ts`. */
export class SagaStore {
  readonly context: string;

  constructor(
    private readonly database: ContextDatabase,
    private readonly events: EventStore,
  ) {
    this.context = database.context;
  }

  /** Sagas by their streams; those that have not begun are missing. */
  async load(streams: readonly string[]): Promise<Map<string, LoadedSaga>> {
    if (streams.length === 0) return new Map();
    const stored = await this.events.readMany(streams);
    return new Map(
      [...stored].map(([stream, events]) => {
        const last = events.at(-1)!;
        const context = { actor: null, correlationId: last.correlationId, causationId: last.id, traceparent: last.traceparent };
        return [stream, { steps: events.map(({ data }) => JSON.parse(data) as SagaStep), context }];
      }),
    );
  }

  /** A saga's steps with when and where they were stored. */
  async timeline(stream: string): Promise<(SagaStep & { readonly version: number; readonly recordedAt: string })[]> {
    const events = await this.events.read(stream);
    return events.map(({ data, streamVersion, recordedAt }) => ({ ...(JSON.parse(data) as SagaStep), version: streamVersion, recordedAt }));
  }

  /** Streams of those of the sagas that a parked message holds. */
  async held(sagas: readonly SagaKey[]): Promise<Set<string>> {
    if (sagas.length === 0) return new Set();
    const rows = await this.query<{ saga: string; saga_id: string }>(
      'sagas.held',
      `select distinct p.saga, p.saga_id from ${this.context}.parked_message p
       join unnest($1::text[], $2::text[]) as k(saga, saga_id) using (saga, saga_id)`,
      [sagas.map(({ saga }) => saga), sagas.map(({ sagaId }) => sagaId)],
    );
    return new Set(rows.map((row) => sagaStream(row.saga, row.saga_id)));
  }

  /**
   * Stores a plan whole or not at all.
   * @throws Refusal of kind `stale` where a saga has moved on; `StaleCheckpoint` where another consumer has come further
   */
  async write({ streams, writes }: Pick<StepPlan, 'streams' | 'writes'>, checkpoints: readonly CheckpointMove[] = []): Promise<void> {
    await this.events.append({ streams, sagas: { ...writes, checkpoints } });
  }

  async checkpoint({ consumer, context, partition }: Pick<CheckpointMove, 'consumer' | 'context' | 'partition'>): Promise<number> {
    const [row] = await this.query<{ position: string }>(
      'sagas.checkpoint',
      `select position from ${this.context}.checkpoint where consumer = $1 and context = $2 and partition = $3`,
      [consumer, context, partition],
    );
    return row ? Number(row.position) : 0;
  }

  /** Deadlines that are reached, the oldest first; those of a saga that is held wait with it. */
  async due(sagas: readonly string[], now: string, limit: number): Promise<DeadlineRow[]> {
    const rows = await this.query<{ saga: string; saga_id: string; name: string; due_ms: number }>(
      'sagas.due',
      `select d.saga, d.saga_id, d.name, (extract(epoch from d.due_at) * 1000)::float8 as due_ms from ${this.context}.deadline d
       where d.due_at <= $1 and d.saga = any($2)
         and not exists (select from ${this.context}.parked_message p where p.saga = d.saga and p.saga_id = d.saga_id)
       order by d.due_at limit $3`,
      [now, sagas, limit],
    );
    return rows.map((row) => ({ saga: row.saga, sagaId: row.saga_id, name: row.name, due: new Date(Number(row.due_ms)).toISOString() }));
  }

  /** A saga's parked messages in the order in which they came, at most `limit`. */
  async parked({ saga, sagaId }: SagaKey, limit = 1_000): Promise<(Received & { readonly reason: string; readonly parkedAt: string })[]> {
    const rows = await this.query<ParkedMessageRow>(
      'sagas.parked',
      `select message_id, type, version, data, (extract(epoch from at) * 1000)::float8 as at_ms, stream, actor, correlation_id, causation_id,
         traceparent, reason, (extract(epoch from parked_at) * 1000)::float8 as parked_ms
       from ${this.context}.parked_message where saga = $1 and saga_id = $2 order by seq limit $3`,
      [saga, sagaId, limit],
    );
    return rows.map(toParked);
  }

  query<Row extends object>(name: string, text: string, values: readonly unknown[]): Promise<Row[]> {
    return this.database.query<Row>({ name: `${this.context}.${name}`, text }, values);
  }
}

interface ParkedMessageRow {
  readonly message_id: string;
  readonly type: string;
  readonly version: number;
  readonly data: string;
  readonly at_ms: number;
  readonly stream: string;
  readonly actor: string | null;
  readonly correlation_id: string;
  readonly causation_id: string | null;
  readonly traceparent: string | null;
  readonly reason: string;
  readonly parked_ms: number;
}

const toParked = (row: ParkedMessageRow) => ({
  id: row.message_id,
  type: row.type,
  version: row.version,
  data: row.data,
  at: new Date(Number(row.at_ms)).toISOString(),
  stream: row.stream,
  context: { actor: row.actor, correlationId: row.correlation_id, causationId: row.causation_id, traceparent: row.traceparent },
  reason: row.reason,
  parkedAt: new Date(Number(row.parked_ms)).toISOString(),
});
