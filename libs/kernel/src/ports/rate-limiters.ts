export interface RateLimit {
  /** Most hits of a key in one window. */
  readonly points: number;
  readonly durationSeconds: number;
}

/** Where a key stands in its window, the hit that was just counted included. */
export interface RateCount {
  readonly hits: number;
  /** Until the window ends. */
  readonly resetMs: number;
}

/** Counts hits of keys (addresses, users) in fixed windows. It refuses nobody: who asks compares with the limit. */
export interface RateLimiter {
  /** At once where the count is in this process' memory. Never rejects: a shared counter that is away is stood in for by a local one. */
  hit(key: string): RateCount | Promise<RateCount>;
}

/** Makes limiters that all processes share where there is a Redis, and that count in this process' memory while there is none. */
export abstract class RateLimiters {
  /** @param limit its name tells its keys from another limiter's; two with one name count together */
  abstract make(limit: RateLimit & { readonly name: string }): RateLimiter;
}
