import { Logger } from '@nestjs/common';
import { SEGMENT } from '@kernel/read-model.js';
import type { EventLog } from '@kernel/ports/event-store.js';
import type { ClickHouseSession } from '../clickhouse.js';
import { LEDGER, ledgerRow } from '../ledger.js';
import { blocksOf } from './blocks.js';
import { LANDING_DEFAULTS } from './landing.js';

const logger = new Logger('Reconcile');

/** The same rows may have to be repaired twice; insert_deduplicate alone does not keep the engine from dropping them as known. */
const REPAIR_SETTINGS = { async_insert: 0, deduplicate_insert: 'disable', date_time_input_format: 'best_effort' };

/** Part of a context's ledger that is not what the watermark says it is. */
interface BrokenSegment {
  readonly segment: number;
  readonly from: number;
  readonly to: number;
}

interface SegmentRow {
  segment: number;
  rows: number;
  sum: string;
}

/**
 * Whether the ledger holds exactly the positions 1..watermark. ClickHouse does not wait for the disk, so that it may have lost its newest
 * parts when the power went; a Postgres from a backup may know less than the ledger.
 */
export async function brokenSegments(session: ClickHouseSession, context: string, watermark: number): Promise<BrokenSegment[]> {
  const rows = await session.rows<SegmentRow>(
    `SELECT toUInt32(intDiv(position, ${SEGMENT})) AS segment, toUInt32(count()) AS rows, toString(sum(position)) AS sum
     FROM ${LEDGER} WHERE context = {context:String} GROUP BY segment`,
    { context },
  );
  const found = new Map(rows.map((row) => [row.segment, row]));
  const last = Math.max(Math.floor(watermark / SEGMENT), ...found.keys());
  const broken: BrokenSegment[] = [];
  for (let segment = 0; segment <= last; segment++) {
    const from = Math.max(segment * SEGMENT, 1);
    const to = Math.min((segment + 1) * SEGMENT - 1, watermark);
    const count = Math.max(to - from + 1, 0);
    const row = found.get(segment);
    const sound = (row?.rows ?? 0) === count && BigInt(row?.sum ?? 0) === (BigInt(from + to) * BigInt(count)) / 2n;
    if (!sound) broken.push({ segment, from, to });
  }
  return broken;
}

/** Makes broken segments what the log says. Read models see the rows again: they must be made anew afterwards. */
export async function repair(session: ClickHouseSession, log: EventLog, broken: readonly BrokenSegment[]): Promise<void> {
  for (const { segment, from, to } of broken) {
    logger.warn(`${log.context}: the ledger's segment ${segment} is not what landed there; taking positions ${from} to ${to} from the log again`);
    await session.run(
      `ALTER TABLE ${LEDGER} DELETE WHERE context = '${log.context}' AND position >= ${segment * SEGMENT} AND position < ${(segment + 1) * SEGMENT} SETTINGS mutations_sync = 2`,
    );
    for (let after = from - 1; after < to;) {
      const events = await log.readAfter(after, Math.min(LANDING_DEFAULTS.maxRows, to - after));
      if (events.length === 0) throw new Error(`the log of ${log.context} ends at ${after}, before its watermark ${to}`);
      for (const block of blocksOf(events, LANDING_DEFAULTS)) {
        // Intent 0 is older than any: every later generation takes these rows from the ledger.
        const rows = block.map((event) => ledgerRow(log.context, event, 0));
        await session.insert(LEDGER, rows, REPAIR_SETTINGS);
      }
      after = events.at(-1)!.position;
    }
  }
}
