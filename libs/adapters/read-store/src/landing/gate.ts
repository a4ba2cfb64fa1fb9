import { pg, type ReadSideDatabase } from '../databases.js';
import { Refusal } from '@kernel/refusal.js';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Intents } from './intents.js';

/** A holder that died lets go by itself after this long. */
const HOLD_SECONDS = 12;
const DRAIN_MS = 30_000;
/** How long the opening is tried; after that the hold runs out by itself. */
const OPEN_MS = 5_000;

/** What work behind a closed gate knows: everything up to `lastIntent` has landed, and nothing else has. */
export interface Standstill {
  readonly lastIntent: number;
  /** context -> position up to which everything has landed */
  readonly watermarks: ReadonlyMap<string, number>;
  /** context -> last position that has landed: where a topic has several partitions, a fast one may be beyond the watermark */
  readonly furthest: ReadonlyMap<string, number>;
}

/** Holds all landing, of every process, for the moments in which tables are made or cloned. */
export class Gate {
  constructor(
    private readonly database: ReadSideDatabase,
    private readonly intents: Intents,
    private readonly drainMs = DRAIN_MS,
  ) {}

  /**
   * Runs `work` while nothing lands. Keep it short: nothing becomes visible meanwhile.
   * @throws Refusal `landing.not-at-rest` when the open intents don't drain; `landing.gate-lost` where the hold ran out before the work was done, as it does
   *         for a process that is stopped for longer: what it did may not be what it thinks
   */
  async whileClosed<T>(work: (standstill: Standstill) => Promise<T>): Promise<T> {
    const holder = randomUUID();
    await this.close(holder);
    const renewal = setInterval(() => void this.renew(holder).catch(() => undefined), (HOLD_SECONDS * 1_000) / 3).unref();
    try {
      await this.drain();
      const watermarks = await this.intents.watermarks();
      // Later than the watermarks, which may move while nothing lands.
      const done = await work({ lastIntent: await this.intents.lastNumber(), watermarks, furthest: await this.intents.furthest() });
      if (!(await this.renew(holder))) throw new Refusal('landing.gate-lost', 'unavailable', 'Landing was held for too long, and went on: try again');
      return done;
    } finally {
      clearInterval(renewal);
      await this.open(holder);
    }
  }

  /** Opens the gate after a holder that cannot be alive any more: only for the owner of the whole data directory. */
  async forceOpen(): Promise<void> {
    await pg`UPDATE analytics.gate SET holder = NULL, expires_at = NULL`.execute(this.database);
  }

  private async close(holder: string): Promise<void> {
    for (;;) {
      const rows = await pg`
        UPDATE analytics.gate SET holder = ${holder}, expires_at = clock_timestamp() + make_interval(secs => ${HOLD_SECONDS})
        WHERE holder IS NULL OR expires_at < clock_timestamp() RETURNING 1`.execute(this.database);
      if (rows.length === 1) return;
      await pause(20);
    }
  }

  /** Tried again where Postgres is gone for a moment: until it is open, or the hold has run out, nothing lands in any process. */
  private async open(holder: string): Promise<void> {
    for (const deadline = performance.now() + OPEN_MS; ; await pause(20)) {
      try {
        await pg`UPDATE analytics.gate SET holder = NULL, expires_at = NULL WHERE holder = ${holder}`.execute(this.database);
        return;
      } catch (error) {
        if (performance.now() > deadline) throw error;
      }
    }
  }

  /** Whether it is held still, and has been all along: what has run out is never renewed. */
  private async renew(holder: string): Promise<boolean> {
    const rows = await pg`
      UPDATE analytics.gate SET expires_at = clock_timestamp() + make_interval(secs => ${HOLD_SECONDS})
      WHERE holder = ${holder} AND expires_at >= clock_timestamp() RETURNING 1`.execute(this.database);
    return rows.length === 1;
  }

  /** Waits until the owners have finished, or sent again, what was open; they cannot while their ClickHouse is away. */
  private async drain(): Promise<void> {
    const deadline = performance.now() + this.drainMs;
    while ((await this.intents.openIntents()).length > 0) {
      if (performance.now() > deadline) {
        const seconds = this.drainMs / 1_000;
        throw new Refusal('landing.not-at-rest', 'unavailable', `landing did not come to rest within ${seconds} s; see its log for the reason`);
      }
      await pause(5);
    }
  }
}
