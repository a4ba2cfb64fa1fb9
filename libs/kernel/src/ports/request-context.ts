import type { EventContext } from '../event.js';
import type { Principal } from '../principal.js';

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
}

/** The current request's scope; the system's own scope outside of a request. */
export abstract class RequestContext {
  abstract current(): RequestScope;
  abstract run<T>(scope: RequestScope, work: () => T): T;
}
