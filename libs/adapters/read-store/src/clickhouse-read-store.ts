import { ClickHouseError } from '@clickhouse/client';
import { ReadStore, type QueryParameters } from '@kernel/ports/read-store.js';
import { SEGMENT, type ReadModelDefinition } from '@kernel/read-model.js';
import { Refusal } from '@kernel/refusal.js';
import { DATABASE, type ClickHouseSession } from './clickhouse.js';
import { projectedSql, viewOf, keysOf, sumsOf } from './generations/generation-tables.js';
import { LEDGER } from './ledger.js';

const TIMEOUT_EXCEEDED = 'TIMEOUT_EXCEEDED';

/** Analysts' questions over ClickHouse. */
export class ClickHouseReadStore extends ReadStore {
  constructor(
    private readonly session: ClickHouseSession,
    private readonly definitions: readonly ReadModelDefinition[],
  ) {
    super();
  }

  async rows<Row extends object>(sql: string, parameters: QueryParameters = {}): Promise<Row[]> {
    try {
      return await this.session.rows<Row>(sql, parameters);
    } catch (error) {
      if (error instanceof ClickHouseError && error.type === TIMEOUT_EXCEEDED) {
        throw new Refusal('analytics.too-expensive', 'invalid', 'this question takes too long to answer: ask for a shorter range or a coarser grain');
      }
      throw error;
    }
  }

  source(readModel: string, asOf?: { context: string; position: number }): string {
    const definition = this.definitions.find(({ name }) => name === readModel);
    if (!definition) throw new Refusal('read-model.unknown', 'not-found', `there is no read model ${readModel}`, { readModel });
    return asOf ? asOfSql(definition, asOf) : viewOf(definition);
  }

  ledger(): string {
    return LEDGER;
  }
}

/** Segments that were closed by a position never change any more; what came after them, up to the position, is projected from the ledger. */
function asOfSql(definition: ReadModelDefinition, { context, position }: { context: string; position: number }): string {
  if (!Number.isSafeInteger(position) || !definition.contexts.includes(context))
    throw new RangeError(`no state of ${definition.name} as of ${context} ${position}`);
  const columns = [...keysOf(definition), ...sumsOf(definition)].join(', ');
  const open = Math.floor((position + 1) / SEGMENT);
  const tail = `(SELECT * FROM ${LEDGER} WHERE context = '${context}' AND position >= ${open * SEGMENT} AND position <= ${position})`;
  return `(SELECT ${columns} FROM ${DATABASE}.${definition.name} WHERE context = '${context}' AND segment < ${open}
    UNION ALL SELECT ${columns} FROM (${projectedSql(definition, tail)}))`;
}
