import { SEGMENT, type ReadModelDefinition } from '@kernel/read-model.js';
import { keysOf, projectedSql, sumsOf } from './generation-tables.js';

export interface AsOf {
  readonly context: string;
  readonly position: number;
  /** The read model's rows: its view, or a clone of a generation. */
  readonly table: string;
  readonly ledger: string;
}

/** Segments that were closed by a position never change any more; what came after them, up to the position, is projected from the ledger. */
export function asOfSql(definition: ReadModelDefinition, { context, position, table, ledger }: AsOf): string {
  if (!Number.isSafeInteger(position) || !definition.contexts.includes(context))
    throw new RangeError(`no state of ${definition.name} as of ${context} ${position}`);
  const columns = [...keysOf(definition), ...sumsOf(definition)].join(', ');
  const open = Math.floor((position + 1) / SEGMENT);
  const tail = `(SELECT * FROM ${ledger} WHERE context = '${context}' AND position >= ${open * SEGMENT} AND position <= ${position})`;
  return `(SELECT ${columns} FROM ${table} WHERE context = '${context}' AND segment < ${open}
    UNION ALL SELECT ${columns} FROM (${projectedSql(definition, tail)}))`;
}
