import { Logger } from '@nestjs/common';
import type { LoggedEvent } from '@kernel/event.js';
import type { EventBus } from '@kernel/ports/event-bus.js';
import type { EventLog } from '@kernel/ports/event-store.js';
import { SEGMENT } from '@kernel/read-model.js';
import type { ClickHouseSession } from '../clickhouse.js';
import { LEDGER, ledgerRow } from '../ledger.js';
import { blocksOf } from './blocks.js';
import type { Progress } from './intents.js';
import { LANDING_DEFAULTS } from './landing.js';

const logger = new Logger('Reconcile');

/** The same rows may have to be repaired twice; insert_deduplicate alone does not keep the engine from dropping them as known. */
const REPAIR_SETTINGS = { async_insert: 0, deduplicate_insert: 'disable', date_time_input_format: 'best_effort' };

/** What the ledger must hold of a context, as Postgres knows it while nothing lands. */
export interface Landed {
  readonly watermark: number;
  /** The last position that any partition has landed. */
  readonly furthest: number;
  /** Whether an event is among what has landed. */
  readonly has: (event: LoggedEvent) => boolean;
}

/** What of it a log that ends at `head` can have. */
export const cutAt = (head: number, { watermark, partitions }: Progress): Progress => ({
  watermark: Math.min(watermark, head),
  partitions: new Map([...partitions].map(([partition, own]) => [partition, { ...own, landed: Math.min(own.landed, head) }])),
});

export function landedOf(context: string, { watermark, partitions }: Progress, bus: EventBus): Landed {
  const ofPartition = (partition: number): number => Math.max(watermark, partitions.get(partition)?.landed ?? 0);
  return {
    watermark,
    furthest: Math.max(watermark, ...[...partitions.keys()].map(ofPartition)),
    has: ({ position, stream }) => position <= watermark || position <= ofPartition(bus.partitionOf(context, stream)),
  };
}

/** Count and sum of positions in a segment: enough to know whether it is whole. */
interface Content {
  rows: number;
  sum: bigint;
}

/**
 * Segments of the ledger that do not hold exactly what has landed: every position up to the watermark, and beyond it what faster partitions have. ClickHouse does
 * not wait for the disk, so that it may have lost its newest parts when the power went; a Postgres from a backup may know less than the ledger.
 */
export async function brokenSegments(session: ClickHouseSession, log: EventLog, landed: Landed): Promise<number[]> {
  const found = await contentOf(session, log.context);
  const beyond = await beyondWatermark(log, landed);
  return segmentsOf(found.keys(), landed).filter((segment) => {
    const expected = together(upToWatermark(segment, landed.watermark), beyond.get(segment));
    const actual = found.get(segment) ?? { rows: 0, sum: 0n };
    return actual.rows !== expected.rows || actual.sum !== expected.sum;
  });
}

/** Every segment that the ledger has or should have: for a log whose positions may have been given twice, so that counting them tells nothing. */
export const everySegment = async (session: ClickHouseSession, log: EventLog, landed: Landed): Promise<number[]> =>
  segmentsOf((await contentOf(session, log.context)).keys(), landed);

/** A row may stand anywhere, so that those beyond the log are not counted up to. */
function segmentsOf(found: Iterable<number>, landed: Landed): number[] {
  const due = Array.from({ length: Math.floor(landed.furthest / SEGMENT) + 1 }, (_, segment) => segment);
  return [...new Set([...due, ...found])];
}

async function contentOf(session: ClickHouseSession, context: string): Promise<Map<number, Content>> {
  const rows = await session.rows<{ segment: number; rows: number; sum: string }>(
    `SELECT toFloat64(intDiv(position, ${SEGMENT})) AS segment, toUInt32(count()) AS rows, toString(sum(position)) AS sum
     FROM ${LEDGER} WHERE context = {context:String} GROUP BY segment`,
    { context },
  );
  return new Map(rows.map(({ segment, rows: count, sum }) => [segment, { rows: count, sum: BigInt(sum) }]));
}

function upToWatermark(segment: number, watermark: number): Content {
  const from = Math.max(segment * SEGMENT, 1);
  const to = Math.min((segment + 1) * SEGMENT - 1, watermark);
  const rows = Math.max(to - from + 1, 0);
  return { rows, sum: (BigInt(from + to) * BigInt(rows)) / 2n };
}

const together = (one: Content, other: Content = { rows: 0, sum: 0n }): Content => ({ rows: one.rows + other.rows, sum: one.sum + other.sum });

/** What partitions have landed beyond the watermark, by segment. */
async function beyondWatermark(log: EventLog, landed: Landed): Promise<Map<number, Content>> {
  const contents = new Map<number, Content>();
  for await (const events of landedEvents(log, landed, landed.watermark, landed.furthest)) {
    for (const { position } of events) {
      const segment = Math.floor(position / SEGMENT);
      contents.set(segment, together({ rows: 1, sum: BigInt(position) }, contents.get(segment)));
    }
  }
  return contents;
}

/** Of the events after one position, up to and with another, those that have landed. */
async function* landedEvents(log: EventLog, landed: Landed, after: number, upTo: number): AsyncGenerator<LoggedEvent[]> {
  for (let position = after; position < upTo;) {
    const events = await log.readAfter(position, Math.min(LANDING_DEFAULTS.maxRows, upTo - position));
    if (events.length === 0) throw new Error(`the log of ${log.context} ends at ${position}, before what has landed up to ${upTo}`);
    yield events.filter(landed.has);
    position = events.at(-1)!.position;
  }
}

/** Makes broken segments what the log says, while nothing lands. Read models do not follow: they must be made anew afterwards. */
export async function repair(session: ClickHouseSession, log: EventLog, landed: Landed, broken: readonly number[]): Promise<void> {
  for (const segment of broken) {
    logger.warn(`${log.context}: the ledger's segment ${segment} is not what landed there; taking it from the log again`);
    const [from, to] = [segment * SEGMENT, (segment + 1) * SEGMENT - 1];
    await session.run(
      `ALTER TABLE ${LEDGER} DELETE WHERE context = '${log.context}' AND position >= ${from} AND position <= ${to} SETTINGS mutations_sync = 2`,
    );
    for await (const events of landedEvents(log, landed, Math.max(from - 1, 0), Math.min(to, landed.furthest))) {
      for (const block of blocksOf(events, LANDING_DEFAULTS)) {
        // Intent 0 is older than any: every later generation takes these rows from the ledger.
        const rows = block.map((event) => ledgerRow(log.context, event, 0));
        await session.insert(LEDGER, rows, REPAIR_SETTINGS);
      }
    }
  }
}
