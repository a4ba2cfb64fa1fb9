import type { ReadModelDefinition } from '@kernel/read-model.js';
import { projectionProof, type Comparison } from '../audit/projection-proof.js';
import { DATABASE, type ClickHouseSession } from '../clickhouse.js';
import type { Gate } from '../landing/gate.js';
import { LEDGER } from '../ledger.js';
import { tableOf } from './generation-tables.js';

/** Where a generation holds still while it is certified. */
export const cloneOf = (readModel: string): string => `${DATABASE}.certify__${readModel}`;

/** Where a generation differs from its own SQL over the ledger, both taken at one standstill. */
export async function certify(
  { session, gate }: { readonly session: ClickHouseSession; readonly gate: Gate },
  definition: ReadModelDefinition,
  number: number,
): Promise<Comparison> {
  const clone = cloneOf(definition.name);
  await session.run(`DROP TABLE IF EXISTS ${clone} SYNC`);
  const { lastIntent } = await gate.whileClosed(async (standstill) => {
    await session.run(`CREATE TABLE ${clone} CLONE AS ${tableOf(definition, number)}`);
    return standstill;
  });
  try {
    // The ledger only grows: what landed up to the standstill needs no clone.
    return await projectionProof(session, definition, { table: clone, ledger: `(SELECT * FROM ${LEDGER} WHERE intent <= ${lastIntent})` });
  } finally {
    await session.run(`DROP TABLE IF EXISTS ${clone} SYNC`);
  }
}
