import { DATABASE, type ClickHouseSession } from '../clickhouse.js';
import type { GenerationRegistry } from '../generations/generation-registry.js';
import { existingGenerations } from '../generations/generation-tables.js';
import { LEDGER, PROJECTION_ERRORS } from '../ledger.js';

/** As ClickHouse names its parts: nothing in it that SQL could take for its own. */
const PART = /^[\w-]+$/;

/**
 * Sets aside what ClickHouse itself cannot read, so that it counts as lost; what that was, in words. A full disk does that: ClickHouse 26.7 commits a merged
 * part whose files it could not write, and removes those that it was made from. Parts of the ledger are detached, and the log has them still; a read model's
 * generation of which any part is unreadable is given up. It reads the whole of every table.
 */
export async function setUnreadableAside(session: ClickHouseSession, registry: GenerationRegistry): Promise<string[]> {
  const errors = await unreadable(session, PROJECTION_ERRORS);
  // Before the detaching: what generations could not read stands nowhere else, so that they are made anew where any of it is lost.
  if (errors.length > 0) await registry.retireAll();
  await detach(session, PROJECTION_ERRORS, errors);
  const events = await unreadable(session, LEDGER);
  await detach(session, LEDGER, events);
  return [...[...errors, ...events].map((part) => `part ${part}`), ...(await giveUpGenerations(session, registry))];
}

async function giveUpGenerations(session: ClickHouseSession, registry: GenerationRegistry): Promise<string[]> {
  const givenUp: string[] = [];
  const existing = await existingGenerations(session);
  for (const { readModel, number, state } of await registry.all()) {
    const isThere = existing.some((generation) => generation.readModel === readModel && generation.generation === number);
    if (!isThere || (state !== 'active' && state !== 'previous')) continue;
    if ((await unreadable(session, `${DATABASE}.${readModel}__g${number}`)).length === 0) continue;
    await registry.retire(readModel, number);
    givenUp.push(`generation ${number} of ${readModel}`);
  }
  return givenUp;
}

async function unreadable(session: ClickHouseSession, table: string): Promise<string[]> {
  const checked = await session.rows<{ part_path: string; is_passed: number }>(`CHECK TABLE ${table}`, {}, { check_query_single_value_result: 0 });
  return checked.filter(({ is_passed }) => Number(is_passed) === 0).map(({ part_path: path }) => path);
}

async function detach(session: ClickHouseSession, table: string, parts: readonly string[]): Promise<void> {
  for (const part of parts) {
    if (!PART.test(part)) throw new Error(`ClickHouse cannot read ${table}: ${JSON.stringify(part)}`);
    await session.run(`ALTER TABLE ${table} DETACH PART '${part}'`);
  }
}
