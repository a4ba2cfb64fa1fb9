import { RateLimiters, type RateCount, type RateLimit, type RateLimiter } from '@kernel/ports/rate-limiters.js';
import { RateLimiterMemory, RateLimiterRedis, type RateLimiterAbstract } from 'rate-limiter-flexible';
import type { RedisClient, RedisConnection } from './redis.js';

/** A limit, or the lock-out of whoever goes beyond it. */
export interface RateLimiterOptions extends RateLimit {
  readonly name: string;
  /** How long a key is refused once it asked for too much; to the end of its window where it is left out. */
  readonly blockSeconds?: number;
}

/** Counts that all processes share in Redis. While it is away each counts in its own memory, from nothing: a limit is then one a process. */
export class RedisRateLimiters extends RateLimiters {
  constructor(private readonly redis: RedisConnection) {
    super();
  }

  make(options: RateLimiterOptions): RateLimiter {
    const limiter = this.flexible(options);
    return { hit: async (key) => toCount(await limiter.penalty(key)) };
  }

  /** The library's own limiter, for who needs to block, to look without counting or to forget. */
  flexible({ name, points, durationSeconds, blockSeconds }: RateLimiterOptions): RateLimiterAbstract {
    const settings = {
      keyPrefix: `nebulocart:rate:${name}`,
      points,
      duration: durationSeconds,
      ...(blockSeconds !== undefined && { blockDuration: blockSeconds }),
    };
    const insuranceLimiter = new RateLimiterMemory(settings);
    if (this.redis.status === 'off') return insuranceLimiter;
    return new RateLimiterRedis({ ...settings, storeClient: guardedClient(this.redis), useRedisPackage: true, insuranceLimiter });
  }
}

const toCount = ({ consumedPoints, msBeforeNext }: { consumedPoints: number; msBeforeNext: number }): RateCount => ({
  hits: consumedPoints,
  resetMs: Math.max(0, msBeforeNext),
});

type EvalOptions = Parameters<RedisClient['eval']>[1];

/** As much of a client as the library asks for, each call behind the connection's time-out and breaker. */
const guardedClient = (redis: RedisConnection) => ({
  eval: (script: string, options: EvalOptions) => redis.run((client) => client.eval(script, options)),
  del: (key: string) => redis.run((client) => client.del(key)),
  multi: () => new GuardedMulti(redis),
});

/** Collects commands, and makes them those of the connection of the moment. */
class GuardedMulti {
  private readonly steps: ((multi: ReturnType<RedisClient['multi']>) => unknown)[] = [];

  constructor(private readonly redis: RedisConnection) {}

  get(key: string): this {
    return this.add((multi) => multi.get(key));
  }

  set(key: string, value: number, options?: { EX: number }): this {
    return this.add((multi) => multi.set(key, String(value), options));
  }

  incrBy(key: string, points: number): this {
    return this.add((multi) => multi.incrBy(key, points));
  }

  pTTL(key: string): this {
    return this.add((multi) => multi.pTTL(key));
  }

  exec(): Promise<unknown> {
    return this.redis.run((client) => {
      const multi = client.multi();
      for (const step of this.steps) step(multi);
      return multi.execAsPipeline();
    });
  }

  private add(step: (multi: ReturnType<RedisClient['multi']>) => unknown): this {
    this.steps.push(step);
    return this;
  }
}
