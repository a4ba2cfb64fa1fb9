import { ClickHouseError } from '@clickhouse/client';
import { ReadStore, type QueryParameters } from '@kernel/ports/read-store.js';
import type { ReadModelDefinition } from '@kernel/read-model.js';
import { Refusal } from '@kernel/refusal.js';
import { unmadeOf } from './clickhouse-away.js';
import type { ClickHouseSession } from './clickhouse.js';
import { asOfSql } from './generations/as-of.js';
import { viewOf } from './generations/generation-tables.js';
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
      throw unmadeOf(error) ?? error;
    }
  }

  source(readModel: string, asOf?: { context: string; position: number }): string {
    const definition = this.definitions.find(({ name }) => name === readModel);
    if (!definition) throw new Refusal('read-model.unknown', 'not-found', `there is no read model ${readModel}`, { readModel });
    return asOf ? asOfSql(definition, { ...asOf, table: viewOf(definition), ledger: LEDGER }) : viewOf(definition);
  }

  ledger(): string {
    return LEDGER;
  }
}
