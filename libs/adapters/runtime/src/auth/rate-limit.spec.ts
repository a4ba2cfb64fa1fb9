import { MemoryRateLimiters } from './memory-limiters.js';
import { networkOf } from './rate-limit.js';
import { DEFAULT_RATE_LIMITS, limitOf, parseRateLimits } from './rate-limits.js';

describe('RATE_LIMITS', () => {
  it('changes what it names and keeps the rest', () => {
    expect(parseRateLimits('stranger=5/10s, admin=60/1h,auditor=none')).toEqual({
      ...DEFAULT_RATE_LIMITS,
      stranger: { points: 5, durationSeconds: 10 },
      admin: { points: 60, durationSeconds: 3_600 },
      auditor: null,
    });
  });

  it.each(['', 'stranger', 'stranger=0/1m', 'stranger=5', 'stranger=5/1y', 'Stranger=5/1m', 'a=1/1s,a=2/1s', '__proto__=1/1s'])(
    'does not take %j',
    (text) => {
      expect(parseRateLimits(text)).toBeNull();
    },
  );

  it.each([
    [['customer'], 'customer'],
    [['customer', 'analyst'], 'analyst'],
    [['customer', 'admin'], 'admin'],
    [['warehouse'], 'customer'],
    [[], 'customer'],
    // Names of other limits, and what every object has.
    [['constructor'], 'customer'],
    [['stranger', 'register'], 'customer'],
  ])('gives %j the limit of %s', (roles, name) => {
    expect(limitOf(DEFAULT_RATE_LIMITS, roles)).toBe(name);
  });
});

describe('an address', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1::/64'],
    ['2001:db8::5', '2001:db8:0:0::/64'],
    ['2001:0DB8::0001:2:3:4:5', '2001:db8:0:1::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['192.0.2.7:5555', '192.0.2.7'],
    ['[::ffff:192.0.2.7]:80', '192.0.2.7'],
    ['[2001:db8:0:1::5]:80', '2001:db8:0:1::/64'],
    ['[2001:db8:0:1::5]', '2001:db8:0:1::/64'],
    ['_hidden-1', 'unknown'],
    ['not:an:address', 'unknown'],
    ['', 'unknown'],
  ])('%s stands for %s', (ip, network) => expect(networkOf(ip)).toBe(network));
});

describe('counting in memory', () => {
  let now = 0;
  const limiter = () => new MemoryRateLimiters(() => now).make({ points: 2, durationSeconds: 10 });

  it('counts each key by itself, until its window ends', () => {
    now = 0;
    const counted = limiter();
    expect([counted.hit('a'), counted.hit('a'), counted.hit('b')]).toEqual([
      { hits: 1, resetMs: 10_000 },
      { hits: 2, resetMs: 10_000 },
      { hits: 1, resetMs: 10_000 },
    ]);
    now = 9_999;
    expect(counted.hit('a')).toEqual({ hits: 3, resetMs: 1 });
    now = 10_000;
    expect(counted.hit('a')).toEqual({ hits: 1, resetMs: 10_000 });
  });

  it('keeps no counters of windows that are over', () => {
    now = 0;
    const counted = limiter() as unknown as { hit(key: string): unknown; windows: Map<string, unknown> };
    for (let i = 0; i < 10_000; i++) counted.hit(`address ${i}`);
    now = 10_000;
    counted.hit('one more');
    expect(counted.windows.size).toBe(1);
  });
});
