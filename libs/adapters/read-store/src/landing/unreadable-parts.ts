import { DATABASE, type ClickHouseSession } from '../clickhouse.js';
import type { RegisteredGeneration } from '../generations/generation-registry.js';
import { existingGenerations } from '../generations/generation-tables.js';
import { LEDGER, PROJECTION_ERRORS } from '../ledger.js';

/** As ClickHouse names its parts: nothing in it that SQL could take for its own. */
const PART = /^[\w-]+$/;

/** What ClickHouse itself cannot read. */
export interface Unreadable {
  readonly ledger: readonly string[];
  /** Parts of what read models could not read of the events. */
  readonly errors: readonly string[];
  readonly generations: readonly RegisteredGeneration[];
}

/**
 * Has ClickHouse check its files, which reads the whole of every table: of the ledger, and of the generations that are in service. A full disk leaves such:
 * ClickHouse 26.7 commits a merged part whose files it could not write, and removes those that it was made from.
 */
export async function findUnreadable(
  session: ClickHouseSession,
  generations: readonly RegisteredGeneration[],
  isGivenUp: () => boolean,
): Promise<Unreadable> {
  const partsOf = async (table: string): Promise<string[]> => (isGivenUp() ? [] : unreadableParts(session, table));
  const [errors, ledger] = [await partsOf(PROJECTION_ERRORS), await partsOf(LEDGER)];
  const found: RegisteredGeneration[] = [];
  const existing = await existingGenerations(session);
  for (const generation of generations) {
    const { readModel, number, state } = generation;
    const isThere = existing.some((other) => other.readModel === readModel && other.generation === number);
    if (!isThere || (state !== 'active' && state !== 'previous')) continue;
    if ((await partsOf(`${DATABASE}.${readModel}__g${number}`)).length > 0) found.push(generation);
  }
  return { ledger, errors, generations: found };
}

export const isNothing = ({ ledger, errors, generations }: Unreadable): boolean => ledger.length + errors.length + generations.length === 0;

export const inWords = ({ ledger, errors, generations }: Unreadable): string =>
  [
    ...[...errors, ...ledger].map((part) => `part ${part}`),
    ...generations.map(({ readModel, number }) => `generation ${number} of ${readModel}`),
  ].join(', ');

/** Has ClickHouse set parts aside, so that they count as lost. Those that are gone by now are somebody else's work. */
export async function detach(session: ClickHouseSession, { ledger, errors }: Unreadable): Promise<void> {
  for (const [table, parts] of [[PROJECTION_ERRORS, errors] as const, [LEDGER, ledger] as const])
    for (const part of await stillThere(session, table, parts)) await session.run(`ALTER TABLE ${table} DETACH PART '${part}'`);
}

async function stillThere(session: ClickHouseSession, table: string, parts: readonly string[]): Promise<string[]> {
  const unsafe = parts.find((part) => !PART.test(part));
  if (unsafe) throw new Error(`ClickHouse cannot read ${table}: ${JSON.stringify(unsafe)}`);
  const rows = await session.rows<{ name: string }>(
    `SELECT name FROM system.parts WHERE active AND concat(database, '.', table) = {table:String} AND has({parts:Array(String)}, name)`,
    { table, parts: [...parts] },
  );
  return rows.map(({ name }) => name);
}

async function unreadableParts(session: ClickHouseSession, table: string): Promise<string[]> {
  const checked = await session.rows<{ part_path: string; is_passed: number }>(`CHECK TABLE ${table}`, {}, { check_query_single_value_result: 0 });
  return checked.filter(({ is_passed }) => Number(is_passed) === 0).map(({ part_path: path }) => path);
}
