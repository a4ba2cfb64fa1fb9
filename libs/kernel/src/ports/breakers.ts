/** `half-open` tries one call to see whether what was called is back. */
export type BreakerState = 'closed' | 'half-open' | 'open';

export interface BreakerOptions {
  /** Longest that one call may take, ms; left out where what is called keeps a time-out of its own. */
  readonly timeoutMs?: number;
  /** Failures in a row that open the breaker. */
  readonly failures: number;
  /** How long it stays open before one call is tried, ms. */
  readonly retryAfterMs: number;
  /** False for an error that is an answer, and so a sign of life; every error is a failure where it is left out. */
  readonly isFailure?: (error: unknown) => boolean;
  /** What a call that ran out of time, or was not made because the breaker is open, is refused with. */
  readonly refusal: (reason: 'open' | 'timeout') => Error;
  /** Asked instead of the call that would be tried, which then follows: for calls that may take long, while all others are refused. */
  readonly probe?: () => Promise<unknown>;
}

/** Keeps those who call something outside of the process from waiting for it while it is away. */
export interface Breaker {
  readonly state: BreakerState;
  /**
   * @param call should stop at the signal, which comes when its time is up; what it does after that is not waited for
   * @throws the options' `refusal`, or what the call throws
   */
  run<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Opens it by hand, until the returned function is called. */
  isolate(): () => void;
}

/** The circuit breakers of this process, by name; their state is measured. */
export abstract class Breakers {
  /** @throws Error where the name is taken */
  abstract make(name: string, options: BreakerOptions): Breaker;
}
