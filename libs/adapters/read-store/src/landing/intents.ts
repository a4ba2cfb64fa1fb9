import { pg, type ReadSideDatabase } from '../databases.js';

/** What a block of events is before it is sent: written down first, so that after a crash exactly it is sent again. */
export interface Block {
  readonly context: string;
  readonly partition: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly firstPosition: number;
  readonly lastPosition: number;
  readonly rowCount: number;
  /** MD5 over the events' digests, in order. */
  readonly digest: string;
}

export interface Intent extends Block {
  readonly number: number;
}

export interface Ownership {
  readonly epoch: number;
  readonly watermark: number;
}

/** Another owner has taken over this context's landing: whoever hears this must stop. */
export class Fenced extends Error {
  override readonly name = 'Fenced';

  constructor(context: string, epoch: number) {
    super(`landing of ${context} was taken over from epoch ${epoch}`);
  }
}

/** The gate is closed: nothing may land until it opens again. */
export class GateClosed extends Error {
  override readonly name = 'GateClosed';
}

/** Intents that stay as a record after they are done. */
const KEPT_INTENTS = 1_000;

/** The same for every attempt at an intent, and for no other. */
export const tokenOf = (intent: Intent): string =>
  `${intent.context}:${intent.number}:${intent.firstPosition}-${intent.lastPosition}:${intent.digest}`;

interface IntentRow {
  number: string;
  context: string;
  partition: number;
  first_offset: string;
  last_offset: string;
  first_position: string;
  last_position: string;
  row_count: number;
  digest: string;
}

const toIntent = (row: IntentRow): Intent => ({
  number: Number(row.number),
  context: row.context,
  partition: row.partition,
  firstOffset: Number(row.first_offset),
  lastOffset: Number(row.last_offset),
  firstPosition: Number(row.first_position),
  lastPosition: Number(row.last_position),
  rowCount: row.row_count,
  digest: row.digest,
});

/** Intents, ownership and watermarks in Postgres. Each step is one statement, and so one transaction. */
export class Intents {
  constructor(private readonly database: ReadSideDatabase) {}

  /** Takes a context's landing over: every older owner is fenced from here on. */
  async acquire(context: string, owner: string): Promise<Ownership> {
    const rows = await pg<{ epoch: string; watermark: string }>`
      INSERT INTO analytics.landing AS l (context, epoch, owner) VALUES (${context}, 1, ${owner})
      ON CONFLICT (context) DO UPDATE SET epoch = l.epoch + 1, owner = ${owner}
      RETURNING epoch, watermark`.execute(this.database);
    return { epoch: Number(rows[0]!.epoch), watermark: Number(rows[0]!.watermark) };
  }

  /** Whether an owner's epoch is still the newest. */
  async owns(context: string, epoch: number): Promise<boolean> {
    const rows = await pg`SELECT 1 FROM analytics.landing WHERE context = ${context} AND epoch = ${epoch}`.execute(this.database);
    return rows.length === 1;
  }

  /**
   * Writes an intent down, if the gate is open, the epoch still ours and the watermark where we think it is.
   * The locks come first and the number after them: who closes the gate then knows that no smaller number appears any more.
   * @throws GateClosed, Fenced
   */
  async open(block: Block, { epoch, watermark }: Ownership): Promise<Intent> {
    const rows = await pg<IntentRow>`
      WITH gate AS MATERIALIZED (SELECT id FROM analytics.gate WHERE holder IS NULL OR expires_at < clock_timestamp() FOR SHARE),
      owned AS MATERIALIZED (
        SELECT l.context FROM analytics.landing l, gate
        WHERE l.context = ${block.context} AND l.epoch = ${epoch} AND l.watermark = ${watermark} FOR UPDATE OF l)
      INSERT INTO analytics.landing_intent
        (context, partition, epoch, first_offset, last_offset, first_position, last_position, watermark_before, row_count, digest, state)
      SELECT owned.context, ${block.partition}::int, ${epoch}::bigint, ${block.firstOffset}::bigint, ${block.lastOffset}::bigint,
        ${block.firstPosition}::bigint, ${block.lastPosition}::bigint, ${watermark}::bigint, ${block.rowCount}::int, ${block.digest}::text, 'open'
      FROM owned
      RETURNING *`.execute(this.database);
    if (rows[0]) return toIntent(rows[0]);
    throw await this.whyNot(block.context, { epoch, watermark });
  }

  private async whyNot(context: string, expected: Ownership): Promise<Error> {
    const rows = await pg<{ epoch: string; watermark: string }>`
      SELECT epoch, watermark FROM analytics.landing WHERE context = ${context}`.execute(this.database);
    if (Number(rows[0]?.epoch) !== expected.epoch) return new Fenced(context, expected.epoch);
    if (Number(rows[0]?.watermark) === expected.watermark) return new GateClosed();
    return new Error(`the watermark of ${context} is ${rows[0]?.watermark}, not ${expected.watermark}`);
  }

  /** Marks an intent done and moves the watermark behind its last position. @throws Fenced */
  async done(intent: Intent, epoch: number): Promise<Ownership> {
    const rows = await pg<{ watermark: string }>`
      WITH owned AS MATERIALIZED (
        SELECT context FROM analytics.landing WHERE context = ${intent.context} AND epoch = ${epoch} FOR UPDATE),
      finished AS (
        UPDATE analytics.landing_intent i SET state = 'done', done_at = clock_timestamp() FROM owned
        WHERE i.number = ${intent.number} AND i.state = 'open' RETURNING i.context, i.last_position)
      UPDATE analytics.landing l SET watermark = greatest(l.watermark, finished.last_position), advanced_at = clock_timestamp()
      FROM finished WHERE l.context = finished.context
      RETURNING l.watermark`.execute(this.database);
    if (!rows[0]) throw new Fenced(intent.context, epoch);
    if (intent.number % KEPT_INTENTS === 0) await this.prune(intent);
    return { epoch, watermark: Number(rows[0].watermark) };
  }

  /** The open intent of a context, or of any. */
  async openIntents(context?: string): Promise<Intent[]> {
    const rows = await pg<IntentRow>`
      SELECT * FROM analytics.landing_intent WHERE state = 'open' AND (${context ?? null}::text IS NULL OR context = ${context ?? null}::text)
      ORDER BY number`.execute(this.database);
    return rows.map(toIntent);
  }

  /** The highest number given so far; 0 before the first. */
  async lastNumber(): Promise<number> {
    const rows = await pg<{ number: string }>`SELECT coalesce(max(number), 0) AS number FROM analytics.landing_intent`.execute(this.database);
    return Number(rows[0]!.number);
  }

  /** context -> watermark, as it stands in Postgres. */
  async watermarks(): Promise<Map<string, number>> {
    const rows = await pg<{ context: string; watermark: string }>`SELECT context, watermark FROM analytics.landing`.execute(this.database);
    return new Map(rows.map(({ context, watermark }) => [context, Number(watermark)]));
  }

  private async prune({ context, number }: Intent): Promise<void> {
    await pg`DELETE FROM analytics.landing_intent WHERE context = ${context} AND state = 'done' AND number < ${number - KEPT_INTENTS}`.execute(
      this.database,
    );
  }
}
