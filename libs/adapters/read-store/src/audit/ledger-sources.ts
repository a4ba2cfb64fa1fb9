import type { ClickHouseSession } from '../clickhouse.js';
import type { ReadSideDatabase } from '../databases.js';

/** The digest of an event in Postgres, recomputed from its raw columns. */
export const LOG_DIGEST = `md5(concat_ws(chr(31), e.id, e.type, e.version, e.stream_id, e.stream_version,
  (extract(epoch from e.occurred_at) * 1000)::bigint, (extract(epoch from e.recorded_at) * 1000)::bigint,
  coalesce(e.actor, ''), e.correlation_id, coalesce(e.causation_id::text, ''), coalesce(e.traceparent, ''), e.data))`;

export interface LedgerSources {
  readonly session: ClickHouseSession;
  /** A ledger that holds still. */
  readonly ledger: string;
  readonly database: ReadSideDatabase;
  readonly context: string;
  /** The watermark that is audited. */
  readonly position: number;
}
