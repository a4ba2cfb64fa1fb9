import { pg, type ReadSideDatabase } from '../databases.js';

/** Postgres' channel by which any process asks those that land for something. */
export const LANDING_CALLS = 'landing_calls';

/** `hurry`: a reader waits, land at once. `mend`: ClickHouse could not read its files. */
export type LandingCall = 'hurry' | 'mend';

/** Where landing hears of other processes. */
export interface LandingCalls {
  listen(listener: (call: string) => void): () => void;
}

/** Shortest time between two calls of a process, ms: a notification takes a lock of the whole server as it commits. Mending reads every table. */
const THROTTLE_MS: Readonly<Record<LandingCall, number>> = { hurry: 50, mend: 5_000 };

/** Calls to the landing of other processes. A hint: who waits looks for itself as well. */
export class LandingCaller {
  private readonly last = new Map<LandingCall, number>();

  constructor(private readonly database: ReadSideDatabase) {}

  call(what: LandingCall): void {
    if (performance.now() - (this.last.get(what) ?? -Infinity) < THROTTLE_MS[what]) return;
    this.last.set(what, performance.now());
    void pg`SELECT pg_notify(${LANDING_CALLS}, ${what})`.execute(this.database).catch(() => undefined);
  }
}
