import type { Breakers } from '@kernel/ports/breakers.js';
import type { CacheRule } from '@kernel/ports/cache.js';
import type { EventBus } from '@kernel/ports/event-bus.js';
import type { EventStores } from '@kernel/ports/event-store.js';
import type { RequestContext } from '@kernel/ports/request-context.js';
import { CacheInvalidation } from './invalidation.js';
import { RedisRateLimiters } from './rate-limiters.js';
import { RedisServer } from './redis-server.js';
import { NoRedis, RedisConnection, type RedisStatus } from './redis.js';
import { TieredCache } from './tiered-cache.js';

export interface CachingOptions {
  /** Undefined keeps everything in this process' memory. */
  readonly redisUrl: string | undefined;
  readonly breakers: Breakers;
  readonly scope: RequestContext;
  readonly rules: readonly CacheRule[];
  readonly onRedis: (status: RedisStatus, reason: string) => void;
  readonly onError: (error: unknown, what: string) => void;
}

/** Everything of one process that is kept in memory or Redis; its own injection token. */
export class Caching {
  readonly redis: RedisConnection;
  readonly cache: TieredCache;
  readonly limiters: RedisRateLimiters;
  readonly invalidation: CacheInvalidation;

  constructor({ redisUrl: url, breakers, scope, rules, onRedis, onError }: CachingOptions) {
    this.redis = url === undefined ? new NoRedis() : new RedisServer({ url, breakers, onChange: onRedis });
    this.cache = new TieredCache({ redis: this.redis, scope });
    this.limiters = new RedisRateLimiters(this.redis);
    this.invalidation = new CacheInvalidation({ cache: this.cache, rules, onError });
  }

  /** Before the server listens. */
  async start(bus: EventBus, stores: EventStores): Promise<void> {
    // In this order: what is committed in between is forgotten twice rather than never.
    await this.invalidation.start(bus, stores);
    await this.redis.start();
  }

  /** Before the event stores stop. */
  async stop(): Promise<void> {
    await this.invalidation.stop();
    await this.redis.stop();
    this.cache.stop();
  }
}
