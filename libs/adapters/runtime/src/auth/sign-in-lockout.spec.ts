import { jest } from '@jest/globals';
import { AuthOptions } from './auth-options.js';
import { MemoryLockoutCounters } from './lockout-counters.js';
import { SignInLockout } from './sign-in-lockout.js';

const OWNER = '192.0.2.1';
const lockedFor = async (lockout: SignInLockout, account: string, address: string): Promise<number> => {
  try {
    await lockout.attempt(account, address);
    return 0;
  } catch (error) {
    const { code, kind, details } = error as { code: string; kind: string; details: { retryAfterSeconds: number } };
    expect([code, kind]).toEqual(['identity.sign-in-locked', 'rate-limited']);
    return details.retryAfterSeconds;
  }
};
const later = (seconds: number) => jest.advanceTimersByTimeAsync(seconds * 1000);

const options = (lockout: boolean) => new AuthOptions({ privateKey: '', ttlSeconds: 900, bcryptCost: 10, rateLimit: !lockout, lockout });

let lockout: SignInLockout;
beforeEach(() => {
  jest.useFakeTimers();
  lockout = new SignInLockout(new MemoryLockoutCounters(), options(true));
});
afterEach(() => jest.useRealTimers());

async function fail(times: number, account = 'ada', address = OWNER) {
  for (let i = 0; i < times; i++) await lockout.attempt(account, address);
}

it('lets five failures pass, then one in each delay, which doubles up to a quarter of an hour', async () => {
  await fail(5);
  for (const seconds of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]) {
    expect(await lockedFor(lockout, 'ada', OWNER)).toBe(0);
    expect(await lockedFor(lockout, 'ada', OWNER)).toBe(seconds);
    await later(seconds - 0.5);
    expect(await lockedFor(lockout, 'ada', OWNER)).toBe(1);
    await later(0.5);
  }
});

it('does not let many at once through', async () => {
  const waits = await Promise.all(Array.from({ length: 100 }, () => lockedFor(lockout, 'ada', OWNER)));
  expect(waits.filter((wait) => wait === 0)).toHaveLength(6);
});

it('does not count what it refused', async () => {
  await fail(6);
  for (let i = 0; i < 50; i++) await lockedFor(lockout, 'ada', OWNER);
  await later(1);
  expect(await lockedFor(lockout, 'ada', OWNER)).toBe(0);
  expect(await lockedFor(lockout, 'ada', OWNER)).toBe(2);
});

it('forgets what was counted against an address once its owner signs in', async () => {
  await fail(5);
  await (await lockout.attempt('ada', OWNER)).succeeded();
  await fail(5);
  expect(await lockedFor(lockout, 'ada', OWNER)).toBe(0);
});

it('slows down guesses from many addresses, by half a minute at most', async () => {
  for (let i = 0; i < 20; i++) await lockout.attempt('ada', `198.51.100.${i}`);
  let longest = 0;
  for (let i = 20; i < 40; i++) {
    await lockout.attempt('ada', `198.51.100.${i}`);
    const wait = await lockedFor(lockout, 'ada', '203.0.113.1');
    longest = Math.max(longest, wait);
    await later(wait);
  }
  expect(longest).toBe(30);
});

it('never keeps the owner out where they signed in before, whatever others do', async () => {
  await (await lockout.attempt('ada', OWNER)).succeeded();
  for (let i = 0; i < 60; i++) await lockedFor(lockout, 'ada', `198.51.100.${i}`);
  expect(await lockedFor(lockout, 'ada', '203.0.113.1')).toBeGreaterThan(0);
  expect(await lockedFor(lockout, 'ada', OWNER)).toBe(0);
});

it('slows down one address that tries many accounts', async () => {
  for (let i = 0; i < 51; i++) await lockout.attempt(`account ${i}`, OWNER);
  expect(await lockedFor(lockout, 'another', OWNER)).toBe(1);
  expect(await lockedFor(lockout, 'another', '192.0.2.2')).toBe(0);
});

it('takes the addresses of one IPv6 network for one', async () => {
  await fail(6, 'ada', '2001:db8::1');
  expect(await lockedFor(lockout, 'ada', '2001:db8::2')).toBe(1);
});

it('lets everything pass where it is off', async () => {
  lockout = new SignInLockout(new MemoryLockoutCounters(), options(false));
  await fail(200);
  expect(await lockedFor(lockout, 'ada', OWNER)).toBe(0);
});
