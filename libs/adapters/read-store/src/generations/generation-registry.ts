import type { GenerationState } from '@kernel/ports/read-store.js';
import { Refusal } from '@kernel/refusal.js';
import { pg, type ReadSideDatabase } from '../databases.js';

/** `retired` generations answer nothing any more and their tables are dropped as soon as may be; `dropped` ones have none. */
export type RegisteredState = GenerationState['state'] | 'retired' | 'dropped';

export interface RegisteredGeneration {
  readonly readModel: string;
  readonly number: number;
  readonly state: RegisteredState;
  readonly definitionHash: string;
  readonly createdAt: string;
}

interface Row {
  read_model: string;
  number: number;
  state: RegisteredState;
  definition_hash: string;
  created_at: Date;
}

/** Which generations there are, in Postgres: the truth that ClickHouse's views are made to follow. Each change is one statement. */
export class GenerationRegistry {
  constructor(private readonly database: ReadSideDatabase) {}

  /** Every generation that has, or may still have, tables. */
  async all(): Promise<RegisteredGeneration[]> {
    const rows =
      await pg<Row>`SELECT read_model, number, state, definition_hash, created_at FROM analytics.generation WHERE state != 'dropped' ORDER BY read_model, number`.execute(
        this.database,
      );
    return rows.map((row) => ({
      readModel: row.read_model,
      number: row.number,
      state: row.state,
      definitionHash: row.definition_hash,
      createdAt: new Date(row.created_at).toISOString(),
    }));
  }

  /** Registers the next generation as being built; its number was never used before. */
  async begin(readModel: string, definitionHash: string, above: number): Promise<number> {
    const rows = await pg<{ number: number }>`
      INSERT INTO analytics.generation (read_model, number, state, definition_hash)
      SELECT ${readModel}::text, greatest(coalesce(max(number), 0), ${above}::int) + 1, 'building', ${definitionHash}::text
      FROM analytics.generation WHERE read_model = ${readModel}::text
      RETURNING number`.execute(this.database);
    return rows[0]!.number;
  }

  /** Makes a generation the active one, keeps the one before it, and retires every other. @throws Refusal `read-model.given-up` for one that was, meanwhile */
  async activate(readModel: string, number: number): Promise<void> {
    const rows = await pg`
      UPDATE analytics.generation SET
        state = CASE WHEN number = ${number} THEN 'active' WHEN state = 'active' THEN 'previous' WHEN state = 'dropped' THEN 'dropped' ELSE 'retired' END,
        activated_at = CASE WHEN number = ${number} THEN clock_timestamp() ELSE activated_at END
      WHERE read_model = ${readModel} AND EXISTS (SELECT 1 FROM analytics.generation AS next
        WHERE next.read_model = ${readModel} AND next.number = ${number} AND next.state IN ('building', 'previous'))
      RETURNING 1`.execute(this.database);
    if (rows.length > 0) return;
    const what = `Generation ${number} of ${readModel} was given up while it was made, since the ledger had lost rows: try again shortly`;
    throw new Refusal('read-model.given-up', 'unavailable', what, { readModel });
  }

  /** Gives up every generation: what they were made from has turned out to be incomplete. */
  async retireAll(): Promise<void> {
    await pg`UPDATE analytics.generation SET state = 'retired' WHERE state != 'dropped'`.execute(this.database);
  }

  async retire(readModel: string, number: number): Promise<void> {
    await pg`UPDATE analytics.generation SET state = 'retired' WHERE read_model = ${readModel} AND number = ${number}`.execute(this.database);
  }

  /** Records that a generation's tables are gone. The row stays, so that its number is never given again. */
  async dropped(readModel: string, number: number): Promise<void> {
    await pg`UPDATE analytics.generation SET state = 'dropped' WHERE read_model = ${readModel} AND number = ${number}`.execute(this.database);
  }
}
