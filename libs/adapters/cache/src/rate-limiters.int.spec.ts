import { AuthOptions } from '@adapters/runtime/src/auth/auth-options.js';
import { SignInLockout } from '@adapters/runtime/src/auth/sign-in-lockout.js';
import { RedisProcesses, type RedisProcess } from '@testing/redis-processes.js';
import type { TestRedis } from '@testing/redis-server.js';

describe('limits of rate over Redis', () => {
  let world: RedisProcesses;
  let redis: TestRedis;
  const newProcess = () => world.add();
  beforeAll(async () => {
    world = await RedisProcesses.start();
    redis = world.redis;
  });
  afterAll(() => world?.redis.drop());
  afterEach(() => world.end());

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
    const newLockout = ({ limiters }: RedisProcess) =>
      new SignInLockout({ make: ({ keyPrefix: name, points, duration }) => limiters.flexible({ name, points, durationSeconds: duration }) }, options);
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
