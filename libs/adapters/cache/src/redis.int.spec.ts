import { jest } from '@jest/globals';
import { eventually } from '@testing/eventually.js';
import { RedisProcesses } from '@testing/redis-processes.js';
import type { TestRedis } from '@testing/redis-server.js';

describe('a cache over Redis', () => {
  let world: RedisProcesses;
  let redis: TestRedis;
  const newProcess = () => world.add();
  beforeAll(async () => {
    world = await RedisProcesses.start();
    redis = world.redis;
  });
  afterAll(() => world?.redis.drop());
  afterEach(() => world.end());

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

  describe('when several processes miss a value at once', () => {
    /** A load that goes on until the test lets it. */
    const slow = () => {
      let finish!: (value: string) => void;
      const value = new Promise<string>((resolve) => (finish = resolve));
      return { load: jest.fn(() => value), finish };
    };

    it('one of them loads it, and the others wait for that', async () => {
      const both = [await newProcess(), await newProcess()];
      const { load, finish } = slow();
      const readers = Array.from({ length: 40 }, (_, nth) => both[nth % 2]!.cache.get('a:b', 60, load));
      await eventually(() => expect(load).toHaveBeenCalled());
      finish('once');
      expect(new Set(await Promise.all(readers))).toEqual(new Set(['once']));
      expect(load).toHaveBeenCalledTimes(1);
    });

    it('another loads it when the one that began dies', async () => {
      const [one, other] = [await newProcess(), await newProcess()];
      const dead = slow();
      void one.cache.get('a:b', 60, dead.load);
      await eventually(() => expect(dead.load).toHaveBeenCalled());
      await one.connection.stop();
      const load = counter();
      const began = performance.now();
      expect(await other.cache.get('a:b', 60, load)).toBe(1);
      expect(performance.now() - began).toBeGreaterThan(500);
      expect([load.mock.calls.length, dead.load.mock.calls.length]).toEqual([1, 1]);
    });

    it('nobody waits for longer than a little: what takes long is loaded by each', async () => {
      const [one, other] = [await newProcess(), await newProcess()];
      const [long, own] = [slow(), counter()];
      const reader = one.cache.get('a:b', 60, long.load);
      await eventually(() => expect(long.load).toHaveBeenCalled());
      expect(await other.cache.get('a:b', 60, own)).toBe(1);
      long.finish('late');
      expect(await reader).toBe('late');
    });

    it('the next one tries when a load fails, whose error is its own reader’s', async () => {
      const [one, other] = [await newProcess(), await newProcess()];
      let fail!: (error: Error) => void;
      const load = jest.fn(() => new Promise<never>((_, reject) => (fail = reject)));
      const reader = one.cache.get('a:b', 60, load).catch((error: Error) => error.message);
      await eventually(() => expect(load).toHaveBeenCalled());
      const next = other.cache.get('a:b', 60, async () => 'there');
      fail(new Error('not now'));
      expect([await reader, await next]).toEqual(['not now', 'there']);
    });

    it('each loads for itself when Redis dies meanwhile', async () => {
      const [one, other] = [await newProcess(), await newProcess()];
      const [first, second] = [slow(), counter()];
      const readers = [one.cache.get('a:b', 60, first.load)];
      await eventually(() => expect(first.load).toHaveBeenCalled());
      const waiting = other.cache.get('a:b', 60, second);
      await redis.kill();
      expect(await waiting).toBe(1);
      first.finish('there');
      expect(await Promise.all(readers)).toEqual(['there']);
    });

    it('whoever ends a lease ends its own only', async () => {
      const [one, other] = [await newProcess(), await newProcess()];
      const [first, second] = [slow(), slow()];
      const readers = [one.cache.get('a:b', 60, first.load)];
      await eventually(() => expect(first.load).toHaveBeenCalled());
      const keys = await one.connection.run((client) => client.keys('nebulocart:cache:lease:*'));
      expect(keys).toHaveLength(1);
      await one.connection.run((client) => client.del(keys[0]!));
      readers.push(other.cache.get('a:b', 60, second.load));
      await eventually(() => expect(second.load).toHaveBeenCalled());
      first.finish('there');
      await readers[0];
      // In the order in which one connection asks: after the release.
      expect(await one.connection.run((client) => client.exists(keys[0]!))).toBe(1);
      second.finish('there, too');
      await readers[1];
    });
  });
});
