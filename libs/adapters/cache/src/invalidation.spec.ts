import { jest } from '@jest/globals';
import { LogEventBus } from '@adapters/event-bus/src/log-event-bus.js';
import type { CacheRule } from '@kernel/ports/cache.js';
import type { RequestScope } from '@kernel/ports/request-context.js';
import { eventually } from '@testing/eventually.js';
import { MemoryLogs } from '@testing/memory-log.js';
import { CacheInvalidation } from './invalidation.js';
import { NoRedis } from './redis.js';
import { TieredCache } from './tiered-cache.js';

const rule: CacheRule = { context: 'catalog', stale: ({ stream }) => (stream === 'broken' ? ['*broken*'] : [`catalog:${stream}`]) };

describe('invalidation by events', () => {
  let cache: TieredCache;
  let invalidation: CacheInvalidation;
  let errors: unknown[];
  let loads: number;
  beforeEach(() => {
    [errors, loads] = [[], 0];
    cache = new TieredCache({ redis: new NoRedis(), scope: { current: () => ({}) as RequestScope } });
    invalidation = new CacheInvalidation({ cache, rules: [rule], onError: (error) => errors.push(error) });
  });
  afterEach(async () => {
    await invalidation.stop();
    cache.stop();
  });

  const read = (key: string) => cache.get(key, 60, async () => ++loads);
  const event = (stream: string, id = '1') => ({ id, type: 'catalog.Changed', stream });

  it('forgets what events make wrong, and nothing else', async () => {
    await Promise.all([read('catalog:a'), read('catalog:b')]);
    await invalidation.committed('catalog', [event('a')]);
    expect([await read('catalog:b'), await read('catalog:a')]).toEqual([2, 3]);
  });

  it('has no rules for other contexts', async () => {
    await read('catalog:a');
    await invalidation.committed('ordering', [event('a')]);
    expect(await read('catalog:a')).toBe(1);
  });

  it('forgets everything where a rule is wrong, and tells of it', async () => {
    await read('catalog:a');
    await invalidation.committed('catalog', [event('broken')]);
    expect([await read('catalog:a'), errors]).toEqual([2, [expect.any(RangeError)]]);
  });

  describe('that the bus brings', () => {
    const changed = (stream: string) => ({ type: 'catalog.Changed', stream, data: {} });

    it('forgets what was committed elsewhere', async () => {
      const logs = new MemoryLogs('catalog');
      logs.log('catalog').append(changed('a'));
      await read('catalog:a');
      await invalidation.start(new LogEventBus(logs, { partitions: 2, idleMs: 5 }), logs);
      logs.log('catalog').append(changed('b'), changed('a'));
      await eventually(async () => expect(await read('catalog:a')).toBe(2));
    });

    it('leaves what this process has dealt with when it committed it', async () => {
      const logs = new MemoryLogs('catalog');
      const forget = jest.spyOn(cache, 'invalidateAll');
      await invalidation.start(new LogEventBus(logs, { idleMs: 5 }), logs);
      const [own] = logs.log('catalog').append(changed('a'));
      await invalidation.committed('catalog', [own!]);
      const [foreign] = logs.log('catalog').append(changed('z'));
      await eventually(() => expect(forget).toHaveBeenCalledWith(['catalog:z'], [foreign!.id]));
      expect(forget.mock.calls).toEqual([
        [['catalog:a'], [own!.id]],
        [['catalog:z'], [foreign!.id]],
      ]);
    });
  });
});
