import { Injectable } from '@nestjs/common';
import { RateLimiterMemory, type RateLimiterAbstract } from 'rate-limiter-flexible';

export interface CounterOptions {
  /** Keeps the counters of one purpose apart from those of another. */
  readonly keyPrefix: string;
  /** How many are let through. */
  readonly points: number;
  /** How long something is counted, seconds. */
  readonly duration: number;
}

/** Where failed sign-ins are counted; a store that several processes share fits behind it. */
export abstract class LockoutCounters {
  abstract make(options: CounterOptions): RateLimiterAbstract;
}

/** The store that processes share, where the app has one. */
export abstract class SharedLockoutCounters extends LockoutCounters {}

/** Counts in this process' memory. */
@Injectable()
export class MemoryLockoutCounters extends LockoutCounters {
  make(options: CounterOptions): RateLimiterAbstract {
    return new RateLimiterMemory(options);
  }
}
