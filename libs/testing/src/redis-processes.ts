import { PolicyBreakers } from '@adapters/runtime/src/resilience/policy-breakers.js';
import { RedisServer } from '@adapters/cache/src/redis-server.js';
import { RedisRateLimiters } from '@adapters/cache/src/rate-limiters.js';
import { TieredCache } from '@adapters/cache/src/tiered-cache.js';
import type { RequestScope } from '@kernel/ports/request-context.js';
import { TestRedis } from './redis-server.js';

const scope = { current: () => ({}) as RequestScope };

/** One process, as far as Redis can tell. */
export interface RedisProcess {
  readonly cache: TieredCache;
  readonly connection: RedisServer;
  /** What it was told of Redis coming and going. */
  readonly changes: readonly string[];
  readonly limiters: RedisRateLimiters;
  stop(): Promise<void>;
}

/** A Redis for the tests of a file, and the processes that each of them starts over it. */
export class RedisProcesses {
  private constructor(
    readonly redis: TestRedis,
    private processes: RedisProcess[] = [],
  ) {}

  static async start(): Promise<RedisProcesses> {
    return new RedisProcesses(await TestRedis.start());
  }

  async add(): Promise<RedisProcess> {
    const changes: string[] = [];
    const breakers = new PolicyBreakers();
    const connection = new RedisServer({ url: this.redis.url, breakers, retryMs: 20, onChange: (status) => changes.push(status) });
    const cache = new TieredCache({ redis: connection, scope });
    await connection.start();
    const made = {
      cache,
      connection,
      changes,
      limiters: new RedisRateLimiters(connection),
      stop: async () => {
        cache.stop();
        breakers.stop();
        await connection.stop();
      },
    };
    this.processes.push(made);
    return made;
  }

  /** After each test: whatever it did to Redis, the next one has one that runs. */
  async end(): Promise<void> {
    this.redis.goOn();
    for (const process of this.processes.splice(0)) await process.stop();
    await this.redis.restartIfDead();
  }
}
