import type { Difference } from '@kernel/ports/read-store.js';
import { SEGMENT } from '@kernel/read-model.js';
import { composed } from '../databases.js';
import { LEDGER_DIGEST } from '../ledger.js';
import { differencesOfBlock } from './ledger-differences.js';
import { LOG_DIGEST, type LedgerSources } from './ledger-sources.js';
import { NAMED_DIFFERENCES, type Comparison } from './projection-proof.js';

/** Segments whose digests are computed in one statement. */
const SEGMENTS = 16;

/** A block of positions, as either side has it: rows, rows whose stored digest is not theirs, and one digest over all. */
interface BlockRow {
  block: number;
  rows: number;
  altered: number;
  digest: string;
}

/**
 * Whether the ledger is the log, position by position: nothing missing, doubled or altered, on either side. Blocks of positions before
 * `firstBlock` are left out.
 */
export async function ledgerProof(sources: LedgerSources, firstBlock = 0): Promise<Comparison> {
  const kept = await keptDigests(sources);
  const differences: Difference[] = [];
  let differing = 0;
  let checked = 0;
  const lastBlock = Math.max(Math.floor(sources.position / SEGMENT), await lastLedgerBlock(sources));
  for (let from = firstBlock; from <= lastBlock; from += SEGMENTS) {
    const [log, ledger] = await Promise.all([logBlocks(sources, from), ledgerBlocks(sources, from)]);
    for (let block = from; block < Math.min(from + SEGMENTS, lastBlock + 1); block++) {
      const found = await compareBlock(sources, block, log.get(block), ledger.get(block), kept.get(block));
      checked += log.get(block)?.rows ?? 0;
      differing += found.length;
      differences.push(...found.slice(0, Math.max(NAMED_DIFFERENCES - differences.length, 0)));
    }
  }
  return { checked, differing, differences };
}

async function compareBlock(sources: LedgerSources, block: number, log?: BlockRow, ledger?: BlockRow, kept?: string): Promise<Difference[]> {
  const { context, position, database } = sources;
  const expected = Math.max(Math.min((block + 1) * SEGMENT - 1, position) - Math.max(block * SEGMENT, 1) + 1, 0);
  const whole = (side?: BlockRow) => (side?.rows ?? 0) === expected && (side?.altered ?? 0) === 0;
  const differences = whole(log) && whole(ledger) && log?.digest === ledger?.digest ? [] : await differencesOfBlock(sources, block);
  if (kept !== undefined && log?.digest !== kept) {
    differences.push({
      key: `${context} block ${block}`,
      reason: 'the log is not what it was when this block was closed',
      expected: kept,
      actual: log?.digest ?? 'empty',
    });
  }
  const closed = (block + 1) * SEGMENT - 1 <= position;
  if (closed && differences.length === 0 && kept === undefined) {
    await composed(`INSERT INTO ${context}.block_digest (block, events, digest) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, [
      block,
      log!.rows,
      log!.digest,
    ]).execute(database);
  }
  return differences;
}

/** The first block whose digest is not kept: those before it were closed and found equal once. */
export async function firstOpenBlock(sources: LedgerSources): Promise<number> {
  const kept = await keptDigests(sources);
  let block = 0;
  while (kept.has(block)) block += 1;
  return block;
}

async function keptDigests({ context, database }: LedgerSources): Promise<Map<number, string>> {
  const rows = await composed<{ block: string; digest: string }>(`SELECT block, digest FROM ${context}.block_digest`).execute(database);
  return new Map(rows.map(({ block, digest }) => [Number(block), digest]));
}

async function logBlocks({ context, database, position }: LedgerSources, from: number): Promise<Map<number, BlockRow>> {
  const rows = await composed<{ block: string; rows: string; altered: string; digest: string | null }>(
    `SELECT position / ${SEGMENT} AS block, count(event) AS rows, count(*) FILTER (WHERE stored <> digest) AS altered,
       md5(string_agg(position || ':' || digest, ',' ORDER BY position)) AS digest
     FROM (SELECT l.position, e.id AS event, e.digest AS stored, CASE WHEN e.id IS NOT NULL THEN ${LOG_DIGEST} END AS digest
           FROM ${context}.event_log l LEFT JOIN ${context}.event e ON e.id = l.event_id
           WHERE l.position >= $1 AND l.position < $2 AND l.position <= $3) AS logged
     GROUP BY block`,
    [from * SEGMENT, (from + SEGMENTS) * SEGMENT, position],
  ).execute(database);
  return new Map(
    rows.map((row) => [
      Number(row.block),
      { block: Number(row.block), rows: Number(row.rows), altered: Number(row.altered), digest: row.digest ?? '' },
    ]),
  );
}

async function ledgerBlocks({ session, ledger, context }: LedgerSources, from: number): Promise<Map<number, BlockRow>> {
  const rows = await session.rows<BlockRow>(
    `SELECT toUInt32(intDiv(position, ${SEGMENT})) AS block, toFloat64(count()) AS rows, toFloat64(countIf(stored != recomputed)) AS altered,
       lower(hex(MD5(arrayStringConcat(arrayMap(e -> concat(toString(e.1), ':', e.2), arraySort(groupArray((position, recomputed)))), ',')))) AS digest
     FROM (SELECT position, digest AS stored, ${LEDGER_DIGEST} AS recomputed FROM ${ledger}
           WHERE context = {context:String} AND position >= ${from * SEGMENT} AND position < ${(from + SEGMENTS) * SEGMENT})
     GROUP BY block`,
    { context },
  );
  return new Map(rows.map((row) => [row.block, row]));
}

async function lastLedgerBlock({ session, ledger, context }: LedgerSources): Promise<number> {
  const [row] = await session.rows<{ block: number }>(
    `SELECT toUInt32(intDiv(max(position), ${SEGMENT})) AS block FROM ${ledger} WHERE context = {context:String}`,
    { context },
  );
  return row!.block;
}
