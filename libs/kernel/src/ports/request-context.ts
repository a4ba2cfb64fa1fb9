import type { EventContext } from '../event.js';
import type { Principal } from '../principal.js';
import { Refusal } from '../refusal.js';

/** A command's claim on its Idempotency-Key: at most one outcome for each (principal, route, key). */
export interface IdempotencyClaim {
  readonly principal: string;
  readonly route: string;
  readonly key: string;
  /** Keyed hash (hex) of the request's path and body. */
  readonly bodyDigest: string;
}

/** What travels with one request through the handlers without being an argument of each. */
export interface RequestScope extends EventContext {
  readonly requestId: string;
  principal: Principal | null;
  /** Set where the request carries an Idempotency-Key; the append then stores the receipt. */
  idempotency: IdempotencyClaim | null;
  /** The stream version that If-Match names, or null. */
  expectedVersion: number | null;
  /** Set where the request names what its answer must have seen, as it was sent: nothing kept from before can be sure to have. */
  readonly consistencyToken?: string;
}

/** The current request's scope; the system's own scope outside of a request. */
export abstract class RequestContext {
  abstract current(): RequestScope;
  abstract run<T>(scope: RequestScope, work: () => T): T;
}

/**
 * For every command before it decides: what the caller has seen must still be so.
 * @param actual version of the stream; 0 where there is none yet
 * @throws Refusal `concurrency.stale-version`
 */
export function ensureExpected({ expectedVersion: expected }: RequestScope, actual: number): void {
  if (expected === null || expected === actual) return;
  const message = `This is at version ${actual}, not ${expected}: read it again and decide anew`;
  throw new Refusal('concurrency.stale-version', 'stale', message, { header: 'If-Match', expected, actual });
}
