import { jest } from '@jest/globals';
import { AuthOptions } from '@adapters/runtime/src/auth/auth-options.js';
import { SignInLockout } from '@adapters/runtime/src/auth/sign-in-lockout.js';
import { PolicyBreakers } from '@adapters/runtime/src/resilience/policy-breakers.js';
import type { RequestScope } from '@kernel/ports/request-context.js';
import { eventually } from '@testing/eventually.js';
import { TestRedis } from '@testing/redis-server.js';
import { RedisServer } from './redis-server.js';
import { RedisRateLimiters } from './rate-limiters.js';
import { TieredCache } from './tiered-cache.js';

const scope = { current: () => ({}) as RequestScope };

describe('a cache over Redis', () => {
  let redis: TestRedis;
  let processes: { stop(): Promise<void> }[];
  beforeAll(async () => void (redis = await TestRedis.start()));
  afterAll(() => redis?.drop());
  beforeEach(() => void (processes = []));
  afterEach(async () => {
    redis.goOn();
    for (const process of processes) await process.stop();
    await redis.restartIfDead();
  });

  /** A process of its own, as far as Redis can tell. */
  async function newProcess() {
    const changes: string[] = [];
    const breakers = new PolicyBreakers();
    const connection = new RedisServer({
      url: redis.url,
      breakers,
      retryMs: 20,
      onChange: (status) => changes.push(status),
    });
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
    processes.push(made);
    return made;
  }

  const counter = () => {
    let count = 0;
    return jest.fn(async () => ++count);
  };

  it('is shared: what one process loads the other has', async () => {
    const [one, other] = [await newProcess(), await newProcess()];
    const load = counter();
    expect([await one.cache.get('a:b', 60, load), await other.cache.get('a:b', 60, load), await other.cache.get('a:b', 60, load)]).toEqual([1, 1, 1]);
    expect(other.cache.state().entries).toBe(1);
  });

  it('forgets in every process what one of them is told to forget, at once', async () => {
    const [one, other] = [await newProcess(), await newProcess()];
    const load = counter();
    await other.cache.get('catalog:list:x', 60, load);
    await one.cache.invalidate('catalog:list:*');
    expect(await other.cache.get('catalog:list:x', 60, load)).toBe(2);
    await other.cache.invalidate('catalog:list:x');
    expect(await one.cache.get('catalog:list:x', 60, load)).toBe(3);
  });

  it('does not keep what another process began to load before an invalidation', async () => {
    const [one, other] = [await newProcess(), await newProcess()];
    let answer!: (value: string) => void;
    const load = jest.fn(() => new Promise<string>((resolve) => (answer = resolve)));
    const reader = other.cache.get('a:b', 60, load);
    await eventually(() => expect(load).toHaveBeenCalled());
    await one.cache.invalidate('a:b');
    answer('old');
    expect(await reader).toBe('old');
    expect(await other.cache.get('a:b', 60, async () => 'new')).toBe('new');
    expect(await one.cache.get('a:b', 60, async () => 'newer')).toBe('new');
  });

  it('is told once of an event, however many processes hear of it', async () => {
    const [one, other] = [await newProcess(), await newProcess()];
    const load = counter();
    await one.cache.invalidateAll(['a:b'], ['event-1']);
    await one.cache.get('a:b', 60, load);
    await other.cache.invalidateAll(['a:b'], ['event-1']);
    expect(await one.cache.get('a:b', 60, load)).toBe(1);
    await other.cache.invalidateAll(['a:b'], ['event-1', 'event-2']);
    expect(await one.cache.get('a:b', 60, load)).toBe(2);
  });

  it('costs speed, never an error, when it is killed, and comes back empty', async () => {
    const { cache, connection, changes } = await newProcess();
    const load = counter();
    await cache.get('a:b', 60, load);
    await redis.kill();
    await eventually(() => expect(connection.status).toBe('down'));
    expect([await cache.get('a:b', 60, load), await cache.get('a:b', 60, load)]).toEqual([2, 2]);
    await cache.invalidate('a:*');
    expect(await cache.get('a:b', 60, load)).toBe(3);
    await redis.restart();
    await eventually(() => expect(connection.status).toBe('up'));
    expect([await cache.get('a:b', 60, load), await cache.get('a:b', 60, load)]).toEqual([4, 4]);
    expect(changes).toEqual(['down', 'up']);
  });

  it('is not waited for while it hangs, and what was missed meanwhile is forgotten when it goes on', async () => {
    const [one, other] = [await newProcess(), await newProcess()];
    const load = counter();
    await other.cache.get('a:b', 60, load);
    redis.hang();
    expect(await one.cache.get('c:d', 60, async () => 'there')).toBe('there');
    await one.cache.invalidate('a:b');
    expect(one.connection.status).toBe('down');
    const call = jest.fn(async () => undefined);
    await expect(one.connection.run(call)).rejects.toThrow('Redis is away');
    expect(call).not.toHaveBeenCalled();
    redis.goOn();
    await eventually(() => expect([one, other].map(({ connection }) => connection.status)).toEqual(['up', 'up']));
    expect(await other.cache.get('a:b', 60, load)).toBe(2);
  });

  it('is down from the first invalidation that it does not take', async () => {
    const { cache, connection, changes } = await newProcess();
    redis.hang();
    await cache.invalidate('a:b');
    expect([connection.status, changes]).toEqual(['down', ['down']]);
  });

  it('is down after three questions in a row that it did not answer', async () => {
    const { cache, connection, changes } = await newProcess();
    redis.hang();
    for (let times = 0; times < 3; times++) await cache.get(`a:${times}`, 60, async () => 'there');
    expect([connection.status, changes]).toEqual(['down', ['down']]);
  });

  it('may be away at the start, which is told once', async () => {
    await redis.kill();
    const { cache, connection, changes } = await newProcess();
    expect([connection.status, await cache.get('a:b', 60, async () => 1)]).toEqual(['down', 1]);
    await redis.restart();
    await eventually(() => expect(connection.status).toBe('up'));
    expect(changes).toEqual(['down', 'up']);
  });

  it('forgets at its start what processes that died have left', async () => {
    const load = counter();
    const one = await newProcess();
    await one.cache.get('a:b', 60, load);
    const other = await newProcess();
    expect(await other.cache.get('a:b', 60, load)).toBe(2);
  });

  it('loads what Redis lost piece by piece', async () => {
    const { cache, connection } = await newProcess();
    const load = counter();
    await cache.get('a:b', 60, load);
    await connection.run((client) => client.flushAll());
    expect([await cache.get('a:b', 60, load), await cache.get('a:b', 60, load)]).toEqual([2, 2]);
  });

  describe('limits of rate', () => {
    const limit = { name: 'sign-in', points: 2, durationSeconds: 60 };

    it('count for all processes together', async () => {
      const [one, other] = [await newProcess(), await newProcess()];
      const key = `k${Math.random()}`;
      const hits = [await one.limiters.make(limit).hit(key), await other.limiters.make(limit).hit(key), await one.limiters.make(limit).hit(key)];
      expect(hits.map((count) => count.hits)).toEqual([1, 2, 3]);
      expect(hits[2]!.resetMs).toBeGreaterThan(0);
      expect((await one.limiters.make({ ...limit, name: 'other' }).hit(key)).hits).toBe(1);
    });

    it('count in memory while Redis is away', async () => {
      const one = await newProcess();
      const limiter = one.limiters.make(limit);
      await limiter.hit('k');
      redis.hang();
      const counts = [await limiter.hit('k'), await limiter.hit('k')];
      expect(counts.map(({ hits }) => hits)).toEqual([1, 2]);
      await redis.kill();
      expect((await limiter.hit('k')).hits).toBe(3);
    });

    it('lock out whoever guesses passwords at any of the processes', async () => {
      const key = `k${Math.random()}`;
      const options = new AuthOptions({ privateKey: '', ttlSeconds: 900, bcryptCost: 10, rateLimit: true });
      const newLockout = ({ limiters }: { limiters: RedisRateLimiters }) =>
        new SignInLockout(
          { make: ({ keyPrefix: name, points, duration }) => limiters.flexible({ name, points, durationSeconds: duration }) },
          options,
        );
      const lockouts = [newLockout(await newProcess()), newLockout(await newProcess())];
      const attempt = (nth: number) => lockouts[nth % 2]!.attempt(key, '192.0.2.7');
      for (let nth = 0; nth < 6; nth++) await attempt(nth);
      await expect(attempt(6)).rejects.toMatchObject({ code: 'identity.sign-in-locked' });
      await expect(attempt(7)).rejects.toMatchObject({ code: 'identity.sign-in-locked' });
      const owner = await lockouts[0]!.attempt(key, '192.0.2.8');
      await owner.succeeded();
      await expect(lockouts[1]!.attempt(key, '192.0.2.8')).resolves.toBeDefined();
    });

    it('can block, be looked at and be forgotten', async () => {
      const { limiters } = await newProcess();
      const limiter = limiters.flexible({ ...limit, blockSeconds: 300 });
      const key = `k${Math.random()}`;
      await limiter.consume(key);
      await limiter.consume(key);
      await expect(limiter.consume(key)).rejects.toMatchObject({ remainingPoints: 0 });
      expect((await limiter.get(key))!.msBeforeNext).toBeGreaterThan(60_000);
      expect(await limiter.delete(key)).toBe(true);
      await limiter.block(key, 10);
      await expect(limiter.consume(key)).rejects.toMatchObject({ remainingPoints: 0 });
    });
  });
});
