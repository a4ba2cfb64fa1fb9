import { pg, type ReadSideDatabase } from '../databases.js';

/** Postgres' channel by which readers ask landing, in whatever process it is, to land at once. */
export const LANDING_HURRY = 'landing_hurry';

/** Where landing hears of readers of other processes. */
export interface Hurries {
  listen(listener: () => void): () => void;
}

/** Shortest time between two calls of a process, ms: a notification takes a lock of the whole server as it commits. */
const THROTTLE_MS = 50;

/** A reader's call to the landing of other processes. A hint: who waits looks for itself as well. */
export class HurryCall {
  private lastCall = -Infinity;

  constructor(private readonly database: ReadSideDatabase) {}

  call(): void {
    if (performance.now() - this.lastCall < THROTTLE_MS) return;
    this.lastCall = performance.now();
    void pg`SELECT pg_notify(${LANDING_HURRY}, '')`.execute(this.database).catch(() => undefined);
  }
}
