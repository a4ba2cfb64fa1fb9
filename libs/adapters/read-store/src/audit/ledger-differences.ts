import type { Difference } from '@kernel/ports/read-store.js';
import { SEGMENT } from '@kernel/read-model.js';
import { composed } from '../databases.js';
import { LEDGER_DIGEST } from '../ledger.js';
import { LOG_DIGEST, type LedgerSources } from './ledger-sources.js';

interface Side {
  readonly id: string | null;
  /** The digest that is kept beside the event. */
  readonly stored: string | null;
  /** The digest of what the columns hold now. */
  readonly digest: string | null;
}

/** What a block's positions are on both sides, narrowed to those that differ, each with what is wrong with it. */
export async function differencesOfBlock(sources: LedgerSources, block: number): Promise<Difference[]> {
  const [log, ledger] = await Promise.all([logSide(sources, block), ledgerSide(sources, block)]);
  const differences: Difference[] = [];
  const add = (position: number, reason: string, expected?: string | null, actual?: string | null) =>
    differences.push({
      key: `${sources.context} position ${position}`,
      reason,
      ...(expected && { expected }),
      ...(actual && { actual }),
    });
  const first = Math.max(block * SEGMENT, 1);
  const last = Math.min((block + 1) * SEGMENT - 1, sources.position);
  for (let position = first; position <= last; position++) {
    const event = log.get(position);
    const rows = ledger.get(position) ?? [];
    if (!event?.id) add(position, 'missing in the log', undefined, rows[0]?.id);
    else if (event.stored !== event.digest) add(position, 'altered in the log', event.stored, event.digest);
    if (rows.length === 0) add(position, 'missing in the ledger', event?.id);
    if (rows.length > 1) add(position, 'doubled in the ledger', '1', String(rows.length));
    for (const row of rows) {
      if (row.stored !== row.digest) add(position, 'altered in the ledger', event?.digest, row.digest);
      else if (event?.id && row.id !== event.id) add(position, 'another event in the ledger', event.id, row.id);
      else if (event?.digest && row.digest !== event.digest && event.stored === event.digest)
        add(position, 'altered in the ledger', event.digest, row.digest);
    }
  }
  for (const position of ledger.keys()) {
    if (position < first || position > last) add(position, 'in the ledger beyond the watermark');
  }
  return differences;
}

async function logSide({ context, database, position }: LedgerSources, block: number): Promise<Map<number, Side>> {
  const rows = await composed<Side & { position: string }>(
    `SELECT l.position, e.id, e.digest AS stored, CASE WHEN e.id IS NOT NULL THEN ${LOG_DIGEST} END AS digest
     FROM ${context}.event_log l LEFT JOIN ${context}.event e ON e.id = l.event_id
     WHERE l.position >= $1 AND l.position < $2 AND l.position <= $3`,
    [block * SEGMENT, (block + 1) * SEGMENT, position],
  ).execute(database);
  return new Map(rows.map((row) => [Number(row.position), row]));
}

async function ledgerSide({ session, ledger, context }: LedgerSources, block: number): Promise<Map<number, Side[]>> {
  const rows = await session.rows<Side & { at: string }>(
    `SELECT toString(position) AS at, toString(l.id) AS id, l.digest AS stored, recomputed AS digest
     FROM (SELECT position, id, digest, ${LEDGER_DIGEST} AS recomputed FROM ${ledger}
           WHERE context = {context:String} AND position >= ${block * SEGMENT} AND position < ${(block + 1) * SEGMENT}) AS l`,
    { context },
  );
  const sides = new Map<number, Side[]>();
  for (const row of rows) {
    const position = Number(row.at);
    sides.set(position, [...(sides.get(position) ?? []), row]);
  }
  return sides;
}
