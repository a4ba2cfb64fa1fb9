import { SEGMENT, type ReadModelDefinition } from '@kernel/read-model.js';
import { createHash } from 'node:crypto';
import { DATABASE, settingsClause, type ClickHouseSession } from '../clickhouse.js';
import { LEDGER, PROJECTION_ERRORS, TABLE_SETTINGS } from '../ledger.js';

/** Ledger positions that one INSERT SELECT of a backfill reads, so that its memory stays bounded. */
const BACKFILL_POSITIONS = 8 * SEGMENT;
const BACKFILL_SETTINGS = settingsClause({ async_insert: 0, deduplicate_insert_select: 'disable', max_execution_time: 900 });

export const viewOf = (definition: ReadModelDefinition): string => `${DATABASE}.${definition.name}`;
export const tableOf = (definition: ReadModelDefinition, generation: number): string => `${viewOf(definition)}__g${generation}`;
const projectionViewOf = (definition: ReadModelDefinition, generation: number): string => `${tableOf(definition, generation)}_mv`;
const errorsViewOf = (definition: ReadModelDefinition, generation: number): string => `${tableOf(definition, generation)}_errors_mv`;

/** Every key column of a generation's table: the model's own, and what closes parts of it to further change. */
export const keysOf = (definition: ReadModelDefinition): string[] => ['context', ...Object.keys(definition.keys), 'segment'];
export const sumsOf = (definition: ReadModelDefinition): string[] => Object.keys(definition.sums);

/** What a definition stands for; another hash means that tables built from it cannot be trusted to be the same. */
export function definitionHash(definition: ReadModelDefinition): string {
  const { name, contexts, keys, sums } = definition;
  const parts = [
    name,
    contexts,
    Object.entries(keys),
    Object.entries(sums),
    definition.projectionSql('events'),
    definition.unreadableSql('events'),
    SEGMENT,
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** The read model's rows computed from ledger rows: what its backfill and its proof have in common. */
export function projectedSql(definition: ReadModelDefinition, source: string): string {
  const keys = Object.keys(definition.keys);
  const sums = Object.entries(definition.sums).map(([column, type]) => `CAST(sum(p.${column}) AS ${type}) AS ${column}`);
  return `SELECT p.context AS context, ${keys.map((key) => `p.${key} AS ${key}`).join(', ')}, intDiv(p.position, ${SEGMENT}) AS segment, ${sums.join(', ')}
    FROM (${definition.projectionSql(source)}) AS p GROUP BY context, ${keys.join(', ')}, segment`;
}

/**
 * What a read model's view does with a block: the rows of `projectedSql`, not yet added up, which the table does as it is written to. A view's SQL is
 * analysed anew for every block, whatever its size, and the GROUP BY would take a third of that.
 */
function landedSql(definition: ReadModelDefinition, source: string): string {
  const columns = [...Object.keys(definition.keys), ...sumsOf(definition)].map((column) => `p.${column} AS ${column}`);
  return `SELECT p.context AS context, ${columns.join(', ')}, intDiv(p.position, ${SEGMENT}) AS segment FROM (${definition.projectionSql(source)}) AS p`;
}

const errorsSql = (definition: ReadModelDefinition, generation: number, source: string): string =>
  `SELECT '${definition.name}' AS read_model, toUInt32(${generation}) AS generation, e.context AS context, e.position AS position, e.id AS id,
    e.type AS type, e.reason AS reason, e.intent AS intent FROM (${definition.unreadableSql(source)}) AS e`;

/**
 * Makes the table and the views of a generation. Only with the gate closed: what lands meanwhile would be counted by neither or by both. Where several
 * processes land, the views take only what is after `lastIntent`, and the backfill the rest: a slow owner may send an intent again after another has
 * finished it. One process alone has no such, and the filter would be analysed with every block.
 */
export async function createGeneration(
  session: ClickHouseSession,
  definition: ReadModelDefinition,
  generation: number,
  lastIntent?: number,
): Promise<void> {
  const table = tableOf(definition, generation);
  const columns = [
    'context LowCardinality(String)',
    ...Object.entries(definition.keys).map(([name, type]) => `${name} ${type}`),
    'segment UInt64',
    ...Object.entries(definition.sums).map(([name, type]) => `${name} ${type}`),
  ];
  await session.run(`CREATE TABLE ${table} (${columns.join(', ')}) ENGINE = SummingMergeTree((${sumsOf(definition).join(', ')}))
    ORDER BY (${keysOf(definition).join(', ')}) ${TABLE_SETTINGS}`);
  const landing = lastIntent === undefined ? LEDGER : `(SELECT * FROM ${LEDGER} WHERE intent > ${lastIntent})`;
  await session.run(
    `CREATE MATERIALIZED VIEW ${errorsViewOf(definition, generation)} TO ${PROJECTION_ERRORS} AS ${errorsSql(definition, generation, landing)}`,
  );
  await session.run(`CREATE MATERIALIZED VIEW ${projectionViewOf(definition, generation)} TO ${table} AS ${landedSql(definition, landing)}`);
}

/** Projects everything that landed up to and with an intent into a generation. Later intents reach it through its views. */
export async function backfillGeneration(
  session: ClickHouseSession,
  definition: ReadModelDefinition,
  generation: number,
  lastIntent: number,
): Promise<void> {
  for (const context of definition.contexts) {
    const [row] = await session.rows<{ head: number }>(
      `SELECT toFloat64(max(position)) AS head FROM ${LEDGER} WHERE context = {context:String} AND intent <= {intent:UInt64}`,
      { context, intent: lastIntent },
    );
    for (let from = 0; from <= (row?.head ?? 0); from += BACKFILL_POSITIONS) {
      const source = `(SELECT * FROM ${LEDGER} WHERE context = '${context}' AND position >= ${from} AND position < ${from + BACKFILL_POSITIONS} AND intent <= ${lastIntent})`;
      await session.run(`INSERT INTO ${tableOf(definition, generation)} ${projectedSql(definition, source)} ${BACKFILL_SETTINGS}`);
      await session.run(`INSERT INTO ${PROJECTION_ERRORS} ${errorsSql(definition, generation, source)} ${BACKFILL_SETTINGS}`);
    }
  }
}

/** Removes a generation, its views first. Harmless for one that is not there. */
export async function dropGeneration(session: ClickHouseSession, name: string, generation: number): Promise<void> {
  const table = `${DATABASE}.${name}__g${generation}`;
  await session.run(`DROP VIEW IF EXISTS ${table}_mv SYNC`);
  await session.run(`DROP VIEW IF EXISTS ${table}_errors_mv SYNC`);
  await session.run(`DROP TABLE IF EXISTS ${table} SYNC`);
  await session.run(
    `ALTER TABLE ${PROJECTION_ERRORS} DELETE WHERE read_model = '${name}' AND generation = ${generation} SETTINGS mutations_sync = 2`,
  );
}

/** Points the read model's queries at a generation. */
export const flipView = (session: ClickHouseSession, definition: ReadModelDefinition, generation: number): Promise<void> =>
  session.run(`CREATE OR REPLACE VIEW ${viewOf(definition)} AS SELECT * FROM ${tableOf(definition, generation)}`);

/** Names of the tables and views of the database, the generations that Postgres knows nothing of among them. */
export async function existingGenerations(session: ClickHouseSession): Promise<{ readModel: string; generation: number }[]> {
  const rows = await session.rows<{ name: string }>(`SELECT name FROM system.tables WHERE database = '${DATABASE}'`);
  const found = new Map<string, { readModel: string; generation: number }>();
  for (const { name } of rows) {
    const match = /^([a-z][a-z0-9_]*?)__g(\d+)(?:_mv|_errors_mv)?$/.exec(name);
    if (match) found.set(`${match[1]}/${match[2]}`, { readModel: match[1]!, generation: Number(match[2]) });
  }
  return [...found.values()];
}
