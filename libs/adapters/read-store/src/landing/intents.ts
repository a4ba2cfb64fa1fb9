import { pg, type ReadSideDatabase } from '../databases.js';

/** What an intent holds of one partition. */
export interface Part {
  readonly partition: number;
  /** Of the owner that opened it. */
  readonly epoch: number;
  /** How far the partition had landed before. */
  readonly landed: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly firstPosition: number;
  readonly lastPosition: number;
  readonly rowCount: number;
}

/** What a block of events is before it is sent: written down first, so that after a crash exactly it is sent again. */
export interface Block {
  readonly context: string;
  /** Partitions of the topic: which events between two positions are of a part depends on it. */
  readonly partitions: number;
  readonly parts: readonly Part[];
  readonly firstPosition: number;
  readonly lastPosition: number;
  readonly rowCount: number;
  /** MD5 over the events' digests, in order of position. */
  readonly digest: string;
}

export interface Intent extends Block {
  readonly number: number;
}

/** A partition as its owner knows it. */
export interface Ownership {
  readonly epoch: number;
  /** The last position of it that is in the ledger; up to there nothing of it is missing. */
  readonly landed: number;
}

/** How far a context has come. */
export interface Progress {
  readonly watermark: number;
  /** By partition; one that nobody ever owned is missing and has landed up to the watermark. */
  readonly partitions: ReadonlyMap<number, Ownership>;
}

/** Another owner has taken over these partitions: whoever hears this must leave them alone. */
export class Fenced extends Error {
  override readonly name = 'Fenced';

  constructor(
    context: string,
    readonly partitions: readonly number[],
  ) {
    super(`landing of ${context} was taken over in partitions ${partitions.join(', ')}`);
  }
}

/** Nothing may land now: the gate is closed, or an intent is open that is so old that the tables may soon forget its token. */
export class GateClosed extends Error {
  override readonly name = 'GateClosed';
}

/** Intents that stay as a record after they are done. */
const KEPT_INTENTS = 1_000;
/** Intents that may be given while one is open: half of what the tables remember the tokens of. */
const OPEN_WINDOW = 5_000;

/** The same for every attempt at an intent, and for no other. */
export const tokenOf = (intent: Intent): string =>
  `${intent.context}:${intent.number}:${intent.firstPosition}-${intent.lastPosition}:${intent.digest}`;

interface IntentRow {
  number: string;
  context: string;
  partitions: number;
  parts: Part[];
  first_position: string;
  last_position: string;
  row_count: number;
  digest: string;
}

interface ProgressRow {
  partition: number | null;
  epoch: string;
  landed: string;
  watermark: string;
}

const toIntent = (row: IntentRow): Intent => ({
  number: Number(row.number),
  context: row.context,
  partitions: row.partitions,
  parts: row.parts,
  firstPosition: Number(row.first_position),
  lastPosition: Number(row.last_position),
  rowCount: row.row_count,
  digest: row.digest,
});

const toProgress = (rows: readonly ProgressRow[]): Progress => ({
  watermark: Number(rows[0]?.watermark ?? 0),
  partitions: new Map(
    rows.flatMap(({ partition, epoch, landed }) =>
      partition === null ? [] : [[partition, { epoch: Number(epoch), landed: Number(landed) }] as const],
    ),
  ),
});

/** Intents, ownership and watermarks in Postgres. Each step is one statement, and so one transaction. */
export class Intents {
  constructor(private readonly database: ReadSideDatabase) {}

  /**
   * Takes a partition over: every older owner is fenced from here on. `open` says whether an intent of it is to be sent again first.
   * @throws an error that says what to do for a topic that has another number of partitions than what has landed of it.
   */
  async acquire(context: string, partition: number, partitions: number, owner: string): Promise<Ownership & { watermark: number; open: boolean }> {
    const rows = await pg<{ epoch: string; landed: string; watermark: string; open_intent: string | null }>`
      SELECT * FROM analytics.own_partition(${context}, ${partition}, ${partitions}, ${owner})`.execute(this.database);
    const { epoch, landed, watermark, open_intent } = rows[0]!;
    return { epoch: Number(epoch), landed: Number(landed), watermark: Number(watermark), open: open_intent !== null };
  }

  /**
   * Writes an intent down, if the gate is open and each of its partitions is still its owner's, where the owner thinks it is and without
   * an intent that is open; else nothing.
   * @throws GateClosed, Fenced
   */
  async open(block: Block): Promise<Intent> {
    const { context, partitions, parts, firstPosition, lastPosition, rowCount, digest } = block;
    const rows = await pg<{ number: string | null; refused: string; lost: number[] }>`
      SELECT * FROM analytics.open_intent(${context}, ${partitions}, ${JSON.stringify(parts)}::jsonb, ${firstPosition}, ${lastPosition},
        ${rowCount}, ${digest}, ${OPEN_WINDOW})`.execute(this.database);
    const { number, refused, lost } = rows[0]!;
    if (number !== null) return { ...block, number: Number(number) };
    if (refused === 'gate' || refused === 'window') throw new GateClosed(refused);
    if (refused === 'lost') throw new Fenced(context, lost);
    throw new Error(
      refused === 'open'
        ? `an intent of ${context} is open in a partition of this block: it must be sent again first`
        : `a partition of ${context} has not landed up to where its owner thinks it has`,
    );
  }

  /** Marks an intent done whose rows are in the ledger, whoever sent them, and moves its partitions behind them. */
  async finish({ context, number }: Intent): Promise<Progress> {
    const rows = await pg<ProgressRow>`SELECT * FROM analytics.finish_intent(${context}, ${number})`.execute(this.database);
    if (number % KEPT_INTENTS === 0) await this.prune(context, number);
    return toProgress(rows);
  }

  async progress(context: string): Promise<Progress> {
    const rows = await pg<ProgressRow>`
      SELECT p.partition, p.epoch, p.landed, l.watermark
      FROM analytics.landing l LEFT JOIN analytics.landing_partition p ON p.context = l.context AND p.partition < l.partitions
      WHERE l.context = ${context}`.execute(this.database);
    return toProgress(rows);
  }

  /** Moves the watermark, never back. */
  async advance(context: string, watermark: number): Promise<number> {
    const rows = await pg<{ watermark: string }>`
      UPDATE analytics.landing SET watermark = greatest(watermark, ${watermark}::bigint), advanced_at = clock_timestamp()
      WHERE context = ${context} RETURNING watermark`.execute(this.database);
    return Number(rows[0]?.watermark ?? 0);
  }

  /** Takes a context back to where its log ends, while nothing lands: whoever owned its partitions is fenced. */
  async takeBack(context: string, head: number): Promise<void> {
    await pg`
      WITH fenced AS (
        UPDATE analytics.landing_partition SET landed = least(landed, ${head}::bigint), epoch = epoch + 1 WHERE context = ${context})
      UPDATE analytics.landing SET watermark = least(watermark, ${head}::bigint) WHERE context = ${context}`.execute(this.database);
  }

  /** The open intents of a context, or of all. */
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

  /** context -> last position that any of its partitions has landed: no row may be in the ledger beyond it. */
  async furthest(): Promise<Map<string, number>> {
    const rows = await pg<{ context: string; furthest: string }>`
      SELECT l.context, greatest(l.watermark, max(p.landed)) AS furthest
      FROM analytics.landing l LEFT JOIN analytics.landing_partition p ON p.context = l.context AND p.partition < l.partitions
      GROUP BY l.context`.execute(this.database);
    return new Map(rows.map(({ context, furthest }) => [context, Number(furthest)]));
  }

  private async prune(context: string, number: number): Promise<void> {
    await pg`DELETE FROM analytics.landing_intent WHERE context = ${context} AND state = 'done' AND number < ${number - KEPT_INTENTS}`.execute(
      this.database,
    );
  }
}
