import type { LoggedEvent } from '@kernel/event.js';
import { DATABASE, type ClickHouseSession, type ClickHouseSettings } from './clickhouse.js';

/** The one table of raw events that every read model is a projection of. */
export const LEDGER = `${DATABASE}.events`;
/** What a projection could not read, by generation; the certificate is not equal while an active generation has rows here. */
export const PROJECTION_ERRORS = `${DATABASE}.projection_errors`;

/**
 * Blocks whose deduplication tokens a table remembers. A token is resent only while its intent is open, and one intent is open at a
 * time, so that every block which can land in between fits in by far.
 */
const DEDUPLICATION_WINDOW = 10_000;

/** What every table that takes part in landing is made with. */
export const TABLE_SETTINGS = `SETTINGS non_replicated_deduplication_window = ${DEDUPLICATION_WINDOW}`;

const LEDGER_DDL = `CREATE TABLE IF NOT EXISTS ${LEDGER} (
  context LowCardinality(String),
  position UInt64,
  id UUID,
  type LowCardinality(String),
  version UInt32,
  stream String,
  stream_version UInt32,
  occurred_at DateTime64(3, 'UTC'),
  recorded_at DateTime64(3, 'UTC'),
  actor String,
  correlation_id UUID,
  causation_id String,
  traceparent String,
  data String CODEC(ZSTD(1)),
  digest String,
  intent UInt64
) ENGINE = MergeTree ORDER BY (context, position) ${TABLE_SETTINGS}`;

const ERRORS_DDL = `CREATE TABLE IF NOT EXISTS ${PROJECTION_ERRORS} (
  read_model LowCardinality(String),
  generation UInt32,
  context LowCardinality(String),
  position UInt64,
  id UUID,
  type LowCardinality(String),
  reason String,
  intent UInt64
) ENGINE = MergeTree ORDER BY (read_model, generation, context, position) ${TABLE_SETTINGS}`;

/** Makes the database, the ledger and the errors table where they are missing. */
export async function createLedger(session: ClickHouseSession): Promise<void> {
  await session.run(`CREATE DATABASE IF NOT EXISTS ${DATABASE} ENGINE = Atomic`);
  await session.run(LEDGER_DDL);
  await session.run(ERRORS_DDL);
}

/**
 * Makes a resent block a no-op in the ledger and in every view's table alike. The block must stay one block on its way in: a parser
 * that splits it would give its parts tokens of their own.
 */
export const landingSettings = (token: string): ClickHouseSettings => ({
  async_insert: 0,
  insert_deduplicate: 1,
  insert_deduplication_token: token,
  deduplicate_blocks_in_dependent_materialized_views: 1,
  input_format_parallel_parsing: 0,
  max_insert_block_size: 1_000_000,
  min_insert_block_size_rows: 1_000_000,
  min_insert_block_size_bytes: 1_073_741_824,
  date_time_input_format: 'best_effort',
});

/** An event as a row of the ledger. Absent text is empty, which the digest does not tell apart either. */
export const ledgerRow = (context: string, event: LoggedEvent, intent: number): object => ({
  context,
  position: event.position,
  id: event.id,
  type: event.type,
  version: event.version,
  stream: event.stream,
  stream_version: event.streamVersion,
  occurred_at: event.occurredAt,
  recorded_at: event.recordedAt,
  actor: event.actor ?? '',
  correlation_id: event.correlationId,
  causation_id: event.causationId ?? '',
  traceparent: event.traceparent ?? '',
  data: event.data,
  digest: event.digest,
  intent,
});

/** The event's digest, recomputed by ClickHouse from the ledger's own columns. */
export const LEDGER_DIGEST = `lower(hex(MD5(arrayStringConcat([
  toString(id), type, toString(version), stream, toString(stream_version),
  toString(toUnixTimestamp64Milli(occurred_at)), toString(toUnixTimestamp64Milli(recorded_at)),
  actor, toString(correlation_id), causation_id, traceparent, data
], char(31)))))`;
