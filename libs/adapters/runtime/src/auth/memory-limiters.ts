import { RateLimiters, type RateCount, type RateLimit, type RateLimiter } from '@kernel/ports/rate-limiters.js';

/** Beyond so many counters, those of past windows are dropped: strangers have as many addresses as they like. */
const MANY = 10_000;
/** Shortest time between two such sweeps, ms. */
const SWEEP_MS = 1_000;

/** Counts in this process' memory, at once. */
export class MemoryRateLimiters extends RateLimiters {
  constructor(private readonly now: () => number = () => performance.now()) {
    super();
  }

  make({ durationSeconds }: RateLimit): RateLimiter {
    return new MemoryRateLimiter(durationSeconds * 1_000, this.now);
  }
}

class MemoryRateLimiter implements RateLimiter {
  private readonly windows = new Map<string, { hits: number; readonly ends: number }>();
  private swept = 0;

  constructor(
    private readonly durationMs: number,
    private readonly now: () => number,
  ) {}

  hit(key: string): RateCount {
    const now = this.now();
    let window = this.windows.get(key);
    if (!window || window.ends <= now) {
      if (this.windows.size >= MANY) this.sweep(now);
      window = { hits: 0, ends: now + this.durationMs };
      this.windows.set(key, window);
    }
    window.hits += 1;
    return { hits: window.hits, resetMs: window.ends - now };
  }

  private sweep(now: number): void {
    if (now - this.swept < SWEEP_MS) return;
    this.swept = now;
    for (const [key, { ends }] of this.windows) if (ends <= now) this.windows.delete(key);
  }
}
