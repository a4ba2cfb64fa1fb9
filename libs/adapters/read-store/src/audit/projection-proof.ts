import type { Difference } from '@kernel/ports/read-store.js';
import { SEGMENT, type ReadModelDefinition } from '@kernel/read-model.js';
import type { ClickHouseSession } from '../clickhouse.js';
import { keysOf, sumsOf } from '../generations/generation-tables.js';

/** Differences that a proof names; it counts all of them. */
export const NAMED_DIFFERENCES = 100;

/** Segments compared at once, so that the proof's memory stays bounded. */
const SEGMENTS = 8;

export interface Comparison {
  readonly checked: number;
  readonly differing: number;
  readonly differences: readonly Difference[];
}

interface Counts {
  checked: number;
  differing: number;
}

interface NamedKey {
  key: string;
  expected: string;
  actual: string;
}

/** Tables that hold still: a clone of a generation, and a source with the ledger's columns. */
export interface ProofSources {
  readonly table: string;
  readonly ledger: string;
}

/** Whether a read model's rows are exactly its own SQL over the ledger, key by key. A key's segment is part of it, so chunks stand alone. */
export async function projectionProof(session: ClickHouseSession, definition: ReadModelDefinition, sources: ProofSources): Promise<Comparison> {
  const last = await lastSegment(session, sources);
  let checked = 0;
  let differing = 0;
  const differences: Difference[] = [];
  for (let from = 0; from <= last; from += SEGMENTS) {
    const sides = bothSides(definition, sources, from, from + SEGMENTS);
    const [counts] = await session.rows<Counts>(countSql(definition, sides));
    checked += counts!.checked;
    differing += counts!.differing;
    if (counts!.differing === 0 || differences.length >= NAMED_DIFFERENCES) continue;
    for (const { key, expected, actual } of await session.rows<NamedKey>(namesSql(definition, sides))) {
      differences.push({ key: `${definition.name} ${key}`, reason: 'read model is not its SQL over the ledger', expected, actual });
    }
  }
  return { checked, differing, differences: differences.slice(0, NAMED_DIFFERENCES) };
}

async function lastSegment(session: ClickHouseSession, { table, ledger }: ProofSources): Promise<number> {
  const [row] = await session.rows<{ last: number }>(
    `SELECT toFloat64(greatest((SELECT max(segment) FROM ${table}), (SELECT intDiv(max(position), ${SEGMENT}) FROM ${ledger} AS l))) AS last`,
  );
  return row!.last;
}

/** What the read model keeps (sign 1) and what its SQL makes of the ledger, row by row (sign -1), of a range of segments. */
function bothSides(definition: ReadModelDefinition, { table, ledger }: ProofSources, from: number, to: number): string {
  const keys = keysOf(definition);
  const sums = sumsOf(definition);
  const source = `(SELECT * FROM ${ledger} AS l WHERE position >= ${from * SEGMENT} AND position < ${to * SEGMENT})`;
  const made = keys.map((key) => (key === 'segment' ? `intDiv(p.position, ${SEGMENT}) AS segment` : `p.${key} AS ${key}`));
  return `(SELECT toInt8(1) AS sign, ${[...keys, ...sums].join(', ')} FROM ${table} WHERE segment >= ${from} AND segment < ${to}
    UNION ALL SELECT toInt8(-1) AS sign, ${[...made, ...sums.map((sum) => `p.${sum} AS ${sum}`)].join(', ')} FROM (${definition.projectionSql(source)}) AS p)`;
}

/** Equal sides cancel each other out: one pass, and one sum a column, tells whether there is anything to name. */
function countSql(definition: ReadModelDefinition, sides: string): string {
  const off = sumsOf(definition).map((sum, index) => `sum(if(sign > 0, ${sum}, -${sum})) AS off${index}`);
  const differs = off.map((_, index) => `off${index} != 0`).join(' OR ');
  const keys = keysOf(definition).join(', ');
  return `SELECT toFloat64(count()) AS checked, toFloat64(countIf(${differs})) AS differing
    FROM (SELECT ${off.join(', ')} FROM ${sides} GROUP BY ${keys})`;
}

function namesSql(definition: ReadModelDefinition, sides: string): string {
  const keys = keysOf(definition);
  const sums = sumsOf(definition);
  const columns = sums.map((sum) => `sumIf(${sum}, sign > 0) AS kept_${sum}, sumIf(${sum}, sign < 0) AS made_${sum}`);
  const text = (names: readonly string[], value: (name: string) => string) =>
    `concat(${names.map((name, index) => `'${index ? ', ' : ''}${name}=', toString(${value(name)})`).join(', ')})`;
  return `SELECT ${text(keys, (key) => `d.${key}`)} AS key, ${text(sums, (sum) => `d.made_${sum}`)} AS expected, ${text(sums, (sum) => `d.kept_${sum}`)} AS actual
    FROM (SELECT ${[...keys, ...columns].join(', ')} FROM ${sides} GROUP BY ${keys.join(', ')}) AS d
    WHERE ${sums.map((sum) => `d.kept_${sum} != d.made_${sum}`).join(' OR ')} ORDER BY ${keys.map((key) => `d.${key}`).join(', ')} LIMIT ${NAMED_DIFFERENCES}`;
}
