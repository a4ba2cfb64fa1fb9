/**
 * What a refusal is about, in words that say nothing of HTTP; one filter at the edge chooses the status.
 * - `conflict`: the aggregate's state does not allow it
 * - `invalid`: the command itself can never be accepted
 * - `not-found`, `forbidden`, `unauthenticated`: as they say
 * - `stale`: the caller decided on an older version than the current one
 * - `key-reused`, `in-flight`: what became of the Idempotency-Key before
 * - `unavailable`: not now, for want of something that will come back
 * - `rate-limited`: too many from one address
 */
export type RefusalKind =
  'conflict' | 'invalid' | 'not-found' | 'forbidden' | 'unauthenticated' | 'stale' | 'key-reused' | 'in-flight' | 'rate-limited' | 'unavailable';

/** A command that the domain does not accept: a stable code (`ordering.order-not-cancellable`) and the facts behind it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly code: string,
    readonly kind: RefusalKind,
    message: string,
    readonly details: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

/** Whether something was refused for want of what comes back by itself. */
export const isUnavailable = (error: unknown): boolean => error instanceof Refusal && error.kind === 'unavailable';

/** Refuses with a conflict unless the rule holds. */
export function ensure(rule: boolean, code: string, message: string, details: Record<string, unknown> = {}): asserts rule {
  if (!rule) throw new Refusal(code, 'conflict', message, details);
}

/** Refuses a command that no state could accept unless the rule holds. */
export function ensureValid(rule: boolean, code: string, message: string, details: Record<string, unknown> = {}): asserts rule {
  if (!rule) throw new Refusal(code, 'invalid', message, details);
}
