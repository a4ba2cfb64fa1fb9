import { jest } from '@jest/globals';
import type { RequestScope } from '@kernel/ports/request-context.js';
import { NoRedis } from './redis.js';
import { TieredCache } from './tiered-cache.js';

/** A value that is there only when the test says so. */
function later<T>() {
  let answer!: (value: T) => void;
  let fail!: (error: Error) => void;
  const promise = new Promise<T>((resolve, reject) => ([answer, fail] = [resolve, reject]));
  return { promise, answer, fail };
}

describe('a cache in memory', () => {
  const scope = { token: undefined as string | undefined };
  let [now, chance] = [0, 0];
  let cache: TieredCache;
  const newCache = (mostCharacters?: number) =>
    new TieredCache({
      redis: new NoRedis(),
      scope: { current: () => ({ consistencyToken: scope.token }) as RequestScope },
      now: () => now,
      random: () => chance,
      ...(mostCharacters !== undefined && { mostCharacters }),
    });

  beforeEach(() => {
    [now, chance, scope.token] = [1_000_000, 0, undefined];
    cache = newCache();
  });
  afterEach(() => cache.stop());

  const counter = () => {
    let count = 0;
    return jest.fn(async () => ({ count: ++count }));
  };

  it('loads a value once and keeps it for its time', async () => {
    const load = counter();
    expect([await cache.get('a:b', 10, load), await cache.get('a:b', 10, load)]).toEqual([{ count: 1 }, { count: 1 }]);
    now += 9_999;
    expect(await cache.get('a:b', 10, load)).toEqual({ count: 1 });
    now += 1;
    expect(await cache.get('a:b', 10, load)).toEqual({ count: 2 });
  });

  it('gives each reader a value of its own', async () => {
    const load = async () => ({ items: ['one'] });
    await cache.get('a:b', 10, load);
    (await cache.get('a:b', 10, load)).items.push('two');
    expect(await cache.get('a:b', 10, load)).toEqual({ items: ['one'] });
  });

  it('loads once for all who ask at the same time', async () => {
    const value = later<number>();
    const load = jest.fn(() => value.promise);
    const readers = Array.from({ length: 100 }, () => cache.get('a:b', 10, load));
    value.answer(7);
    expect(new Set(await Promise.all(readers))).toEqual(new Set([7]));
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('does not keep a failure, which all who waited for it get', async () => {
    const value = later<number>();
    const readers = [1, 2].map(() => cache.get('a:b', 10, () => value.promise));
    value.fail(new Error('no'));
    expect((await Promise.allSettled(readers)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await cache.get('a:b', 10, async () => 1)).toBe(1);
  });

  it.each(['catalog:product:1', 'catalog:product:1:*', 'catalog:product', 'catalog:product:*', 'catalog:*', '*'])(
    'forgets catalog:product:1 with %s',
    async (branch) => {
      const load = counter();
      await cache.get('catalog:product:1', 10, load);
      await cache.invalidate(branch);
      expect(await cache.get('catalog:product:1', 10, load)).toEqual({ count: 2 });
    },
  );

  it.each(['catalog:product:2', 'catalog:list:*', 'catalog:product:1:prices', 'cat', 'catalog:prod:*'])('keeps it with %s', async (branch) => {
    const load = counter();
    await cache.get('catalog:product:1', 10, load);
    await cache.invalidate(branch);
    expect(await cache.get('catalog:product:1', 10, load)).toEqual({ count: 1 });
  });

  it.each(['', ':', 'a::b', 'a:*:b', 'a*', ':*'])('knows no branch %p', async (branch) => {
    await expect(cache.invalidate(branch)).rejects.toThrow(RangeError);
  });

  it('does not keep what was begun to be loaded before an invalidation', async () => {
    const old = later<string>();
    const reader = cache.get('a:b', 10, () => old.promise);
    await Promise.resolve();
    await cache.invalidate('a:*');
    const fresh = cache.get('a:b', 10, async () => 'new');
    old.answer('old');
    expect([await reader, await fresh, await cache.get('a:b', 10, async () => 'newer')]).toEqual(['old', 'new', 'new']);
  });

  it('loads anew for a reader who names what must be seen, and keeps that for the others', async () => {
    const load = counter();
    await cache.get('a:b', 10, load);
    scope.token = 'catalog=1';
    expect(await cache.get('a:b', 10, load)).toEqual({ count: 2 });
    scope.token = undefined;
    expect(await cache.get('a:b', 10, load)).toEqual({ count: 2 });
  });

  it('does not let such a reader join a load that runs already', async () => {
    const old = later<string>();
    const reader = cache.get('a:b', 10, () => old.promise);
    await Promise.resolve();
    scope.token = 'catalog=1';
    expect(await cache.get('a:b', 10, async () => 'new')).toBe('new');
    old.answer('old');
    expect(await reader).toBe('old');
  });

  it('has later readers join the newest load, whichever ends first', async () => {
    const [old, fresh] = [later<string>(), later<string>()];
    const first = cache.get('a:b', 10, () => old.promise);
    scope.token = 'catalog=1';
    const named = cache.get('a:b', 10, () => fresh.promise);
    scope.token = undefined;
    await new Promise(setImmediate);
    old.answer('old');
    await first;
    await cache.invalidate('x');
    const load = jest.fn(async () => 'another');
    const last = cache.get('a:b', 10, load);
    fresh.answer('new');
    expect([await named, await last, load.mock.calls.length]).toEqual(['new', 'new', 0]);
  });

  it('lets one reader load a value again before its end, the likelier the longer that takes, and none wait for it', async () => {
    const slow = async () => ((now += 500), 'first');
    await cache.get('a:b', 10, slow);
    const again = later<string>();
    const load = jest.fn(() => again.promise);
    now += 9_000;
    chance = 0.5;
    expect(await cache.get('a:b', 10, load)).toBe('first');
    expect(load).not.toHaveBeenCalled();
    chance = 0.9;
    expect([await cache.get('a:b', 10, load), await cache.get('a:b', 10, load)]).toEqual(['first', 'first']);
    expect(load).toHaveBeenCalledTimes(1);
    chance = 0;
    again.answer('second');
    await new Promise(setImmediate);
    expect(await cache.get('a:b', 10, load)).toBe('second');
  });

  it('does not let what was kept together end together', async () => {
    const load = counter();
    chance = 1;
    await cache.get('a:b', 100, load);
    chance = 0;
    now += 84_999;
    expect(await cache.get('a:b', 100, load)).toEqual({ count: 1 });
    now += 1;
    expect(await cache.get('a:b', 100, load)).toEqual({ count: 2 });
  });

  it('keeps no more than it may: the longest unused goes first', async () => {
    cache = newCache(1_000);
    const load = counter();
    for (let index = 0; index < 100; index++) {
      await cache.get(`a:${index}`, 10, load);
      await cache.get('a:0', 10, load);
    }
    expect(cache.state().characters).toBeLessThanOrEqual(1_000);
    expect([await cache.get('a:0', 10, load), await cache.get('a:1', 10, load)]).toEqual([{ count: 1 }, { count: 101 }]);
  });

  it('tells by namespace how often it helped', async () => {
    const load = counter();
    for (const key of ['catalog:product:1', 'catalog:product:1', 'catalog:product:2']) await cache.get(key, 10, load);
    expect(cache.state()).toMatchObject({ redis: 'off', entries: 2 });
    expect([...cache.state().namespaces]).toEqual([['catalog:product', { hits: 1, misses: 2, bypasses: 0 }]]);
  });
});
