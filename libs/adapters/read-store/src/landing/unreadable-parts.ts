import type { ClickHouseSession } from '../clickhouse.js';
import { LEDGER } from '../ledger.js';

/** As ClickHouse names its parts: nothing in it that SQL could take for its own. */
const PART = /^[\w-]+$/;

/**
 * Sets aside what of the ledger ClickHouse itself cannot read, so that it counts as lost, and the log gives it again; names of the parts. A full disk does
 * that: ClickHouse 26.7 commits a merged part whose files it could not write, and removes those that it was made from. It reads the whole of the table.
 */
export async function setUnreadableAside(session: ClickHouseSession): Promise<string[]> {
  const checked = await session.rows<{ part_path: string; is_passed: number; message: string }>(
    `CHECK TABLE ${LEDGER}`,
    {},
    { check_query_single_value_result: 0 },
  );
  const names = checked.filter(({ is_passed }) => Number(is_passed) === 0).map(({ part_path: path }) => path);
  for (const name of names) {
    if (!PART.test(name)) throw new Error(`ClickHouse cannot read ${LEDGER}: ${JSON.stringify(name)}`);
    await session.run(`ALTER TABLE ${LEDGER} DETACH PART '${name}'`);
  }
  return names;
}
