import { pg, type ReadSideDatabase } from './databases.js';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

/** A holder that died lets go by itself after this long. */
const HOLD_SECONDS = 12;
const POLL_MS = 100;

/** Someone else holds the lease. */
export class LeaseHeld extends Error {
  override readonly name = 'LeaseHeld';
}

/** Work that one process at a time may do, by name. */
export class Leases {
  constructor(private readonly database: ReadSideDatabase) {}

  /** Runs `work` if nobody else does. @throws LeaseHeld */
  async ifFree<T>(name: string, work: () => Promise<T>): Promise<T> {
    const holder = randomUUID();
    if (!(await this.take(name, holder))) throw new LeaseHeld(`${name} is held by another`);
    const renewal = setInterval(() => void this.take(name, holder).catch(() => undefined), (HOLD_SECONDS * 1_000) / 3).unref();
    try {
      return await work();
    } finally {
      clearInterval(renewal);
      await pg`DELETE FROM analytics.lease WHERE name = ${name} AND holder = ${holder}`.execute(this.database);
    }
  }

  /** Runs `work` when nobody else does, unless it is given up waiting for that. */
  async inTurn(name: string, work: () => Promise<void>, isGivenUp: () => boolean): Promise<void> {
    while (!isGivenUp()) {
      try {
        return await this.ifFree(name, work);
      } catch (error) {
        if (!(error instanceof LeaseHeld)) throw error;
        await pause(POLL_MS);
      }
    }
  }

  /** Ends every lease: only for the owner of the whole data directory, which knows that their holders are dead. */
  async endAll(): Promise<void> {
    await pg`DELETE FROM analytics.lease`.execute(this.database);
  }

  private async take(name: string, holder: string): Promise<boolean> {
    const rows = await pg`
      INSERT INTO analytics.lease AS l (name, holder, expires_at)
      VALUES (${name}, ${holder}, clock_timestamp() + make_interval(secs => ${HOLD_SECONDS}))
      ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
      WHERE l.expires_at < clock_timestamp() OR l.holder = excluded.holder
      RETURNING 1`.execute(this.database);
    return rows.length === 1;
  }
}
