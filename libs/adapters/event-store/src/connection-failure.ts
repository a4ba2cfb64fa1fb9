import type { BreakerOptions } from '@kernel/ports/breakers.js';
import { Refusal } from '@kernel/refusal.js';

/** Postgres' codes of a server that takes nobody in or sends everybody away: broken connections, its end and its start, too many connections. */
const TURNED_AWAY = /^(?:08[0-9A-Z]{3}|57P0[1-3]|53300)$/;
/** Those of a system call that failed, such as ECONNREFUSED; Node's own begin with ERR_. */
const SYSTEM_ERROR = /^E(?!RR_)[A-Z_]+$/;
/** What the driver itself says has no code: connections that ended or did not come about, and its time-outs. */
const DRIVER_SAYS =
  /^(?:Connection terminated|Query read timeout$|timeout exceeded when trying to connect$|timeout expired$|Client has encountered a connection error)/;

/** Whether Postgres was not reached, or not heard from again; anything else is its answer. The server's own statement time-out is one, too. */
export function isConnectionFailure(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? TURNED_AWAY.test(code) || SYSTEM_ERROR.test(code) : DRIVER_SAYS.test(String(message));
}

/** Of a server that was not reached at all: what was to be asked was not carried out. */
const NEVER_ASKED = /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|57P03|53300)$/;
const NEVER_ASKED_SAYS = /^(?:timeout exceeded when trying to connect|timeout expired|Connection terminated due to connection timeout)/;

/** The refusal that stands for a statement that never reached Postgres; null for any other error. */
export function notReached(error: unknown): Refusal | null {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const isSo = typeof code === 'string' ? NEVER_ASKED.test(code) : NEVER_ASKED_SAYS.test(String(message));
  return isSo && !(error instanceof Refusal) ? away() : null;
}

const away = (): Refusal =>
  new Refusal('engine.unavailable', 'unavailable', 'The database does not answer: try again shortly', { retryAfterSeconds: RETRY_AFTER_SECONDS });

const FAILURES = 5;
const RETRY_AFTER_SECONDS = 1;

/**
 * How a context's database is guarded. Calls have the connection's time-outs; one that failed is thrown as it is, because whether it was carried out
 * is not known, while what is refused was never asked.
 */
export const databaseBreaker = (probe: () => Promise<unknown>): BreakerOptions => ({
  failures: FAILURES,
  retryAfterMs: RETRY_AFTER_SECONDS * 1_000,
  isFailure: isConnectionFailure,
  refusal: away,
  probe,
});
