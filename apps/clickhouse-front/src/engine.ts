import { chmodSync, mkdirSync } from 'node:fs';
import { drainPending, Session } from 'chdb';
import { ClickHouseException } from './exceptions.js';
import { insertsNothing, preamble, streamedFormat, type Statement } from './statement.js';

/** What the engine counted of a statement. */
export interface Counts {
  readonly rows: number;
  readonly bytes: number;
  readonly seconds: number;
}

/** An answer: its first part is there, so the statement was understood; later parts come as the engine makes them. */
export interface Answer {
  readonly first: Uint8Array;
  readonly rest: AsyncIterable<Uint8Array>;
  /** Undefined while it is still being made. */
  readonly counts: Counts | undefined;
  /** To be called when it was sent, or nobody wants it any more. */
  end(): Promise<void>;
}

export interface EngineOptions {
  readonly path: string;
  /** Statements that run side by side. */
  readonly statements: number;
  /** Statements that may wait for one of those. */
  readonly waiting: number;
  /** Settings of a statement that says nothing else. */
  readonly defaults: Readonly<Record<string, string>>;
}

const NOTHING = new Uint8Array(0);
async function* none(): AsyncGenerator<Uint8Array> {}

/**
 * ClickHouse's engine over one directory, for several statements at once. Every statement has a session of its own (a tenth of a
 * millisecond), because the engine keeps for a session whatever settings a statement of it ever had.
 */
export class Engine {
  private readonly root: Session;
  private readonly queue: (() => void)[] = [];
  private running = 0;
  private idle: (() => void)[] = [];

  constructor(private readonly options: EngineOptions) {
    // The engine's files may be read by everybody; so nobody else gets as far.
    mkdirSync(options.path, { recursive: true });
    chmodSync(options.path, 0o700);
    // Keeps the engine loaded between statements.
    this.root = new Session(options.path);
  }

  /**
   * Runs a statement in its turn; one that nobody wants any more by then is not run.
   * @throws ClickHouseException when it fails before its first row, or too many wait
   */
  async run(statement: Statement, isWanted: () => boolean = () => true): Promise<Answer> {
    const nothing = { rows: 0, bytes: 0, seconds: 0 };
    if (insertsNothing(statement.sql)) return whole(NOTHING, nothing, async () => undefined);
    await this.slot();
    if (!isWanted()) return whole(NOTHING, nothing, async () => this.release());
    const session = new Session(this.options.path);
    const end = once(async () => {
      session.close();
      this.release();
    });
    try {
      for (const sql of preamble(statement, this.options.defaults)) await session.queryAsync(sql);
      const format = streamedFormat(statement);
      if (format) return await streamed(session, statement.sql, format, end);
      const result = await session.queryAsync(statement.sql, { format: statement.format });
      return whole(result.bytes(), { rows: result.rowsRead, bytes: result.bytesRead, seconds: result.elapsed }, end);
    } catch (error) {
      await end();
      throw ClickHouseException.from(error);
    }
  }

  /** Waits for what runs; nothing may be given to it any more. */
  async stop(): Promise<void> {
    if (this.running > 0) await new Promise<void>((resolve) => this.idle.push(resolve));
    this.root.close();
    await drainPending();
  }

  private async slot(): Promise<void> {
    if (this.running < this.options.statements) {
      this.running += 1;
      return;
    }
    const { waiting } = this.options;
    if (this.queue.length >= waiting) {
      throw ClickHouseException.of('TOO_MANY_SIMULTANEOUS_QUERIES', `Too many simultaneous queries. Maximum: ${this.options.statements + waiting}.`);
    }
    await new Promise<void>((resolve) => this.queue.push(resolve));
  }

  private release(): void {
    const next = this.queue.shift();
    if (next) return next();
    this.running -= 1;
    if (this.running > 0) return;
    for (const resolve of this.idle.splice(0)) resolve();
  }
}

const whole = (first: Uint8Array, counts: Counts, end: () => Promise<void>): Answer => ({ first, rest: none(), counts, end });

async function streamed(session: Session, sql: string, format: string, end: () => Promise<void>): Promise<Answer> {
  const stream = session.queryStream(sql, { format });
  const chunks = stream[Symbol.asyncIterator]();
  const first = await chunks.next();
  async function* rest(): AsyncGenerator<Uint8Array> {
    if (first.done) return;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value.raw();
  }
  return {
    first: first.done ? NOTHING : first.value.raw(),
    rest: rest(),
    counts: undefined,
    end: async () => {
      stream.cancel();
      await end();
    },
  };
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}
