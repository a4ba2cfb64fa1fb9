import type { LoggedEvent, StoredEvent } from '@kernel/event.js';

/** Instants leave Postgres as epoch milliseconds: exact, and independent of a session's time zone. */
export const EVENT_COLUMNS = `e.id, e.stream_id, e.stream_version, e.type, e.version, e.data, e.digest,
  (extract(epoch from e.occurred_at) * 1000)::float8 as occurred_ms, (extract(epoch from e.recorded_at) * 1000)::float8 as recorded_ms,
  e.actor, e.correlation_id, e.causation_id, e.traceparent`;

export interface EventRow {
  id: string;
  stream_id: string;
  stream_version: number;
  type: string;
  version: number;
  data: string;
  digest: string;
  occurred_ms: number;
  recorded_ms: number;
  actor: string | null;
  correlation_id: string;
  causation_id: string | null;
  traceparent: string | null;
}

export interface LogRow extends EventRow {
  position: string;
  sequenced_ms: number;
}

const instant = (ms: number): string => new Date(Number(ms)).toISOString();

export const toStoredEvent = (row: EventRow): StoredEvent => ({
  id: row.id,
  type: row.type,
  version: row.version,
  stream: row.stream_id,
  streamVersion: row.stream_version,
  occurredAt: instant(row.occurred_ms),
  recordedAt: instant(row.recorded_ms),
  actor: row.actor,
  correlationId: row.correlation_id,
  causationId: row.causation_id,
  traceparent: row.traceparent,
  data: row.data,
  digest: row.digest,
});

export const toLoggedEvent = (row: LogRow): LoggedEvent => ({
  ...toStoredEvent(row),
  position: Number(row.position),
  sequencedAt: instant(row.sequenced_ms),
});
