import { jest } from '@jest/globals';
import bcrypt from 'bcrypt';
import { AuthOptions } from './auth-options.js';
import { fitsBcrypt } from './password-rule.js';
import { Passwords } from './passwords.js';

const options = new AuthOptions({ privateKey: '', ttlSeconds: 1, bcryptCost: 10, rateLimit: false });
const passwords = new Passwords(options);

beforeAll(() => passwords.onModuleInit());
afterEach(() => jest.restoreAllMocks());

it('hashes with the cost that it was given and matches only the same password', async () => {
  const hash = await passwords.hash('correct horse');
  expect(bcrypt.getRounds(hash)).toBe(10);
  expect(await passwords.matches('correct horse', hash)).toBe(true);
  expect(await passwords.matches('correct hors', hash)).toBe(false);
});

it('counts bytes, not characters', () => {
  expect(fitsBcrypt('1234567')).toBe(false);
  expect(fitsBcrypt('12345678')).toBe(true);
  expect(fitsBcrypt('a'.repeat(72))).toBe(true);
  expect(fitsBcrypt('a'.repeat(73))).toBe(false);
  expect(fitsBcrypt('é'.repeat(36))).toBe(true);
  expect(fitsBcrypt('é'.repeat(37))).toBe(false);
});

it('uses every byte of the longest password, and matches nothing longer', async () => {
  const longest = 'a'.repeat(72);
  const hash = await passwords.hash(longest);
  expect(await passwords.matches(longest, hash)).toBe(true);
  expect(await passwords.matches(`${'a'.repeat(71)}b`, hash)).toBe(false);
  expect(await passwords.matches(`${longest}b`, hash)).toBe(false);
  await expect(passwords.hash(`${longest}b`)).rejects.toThrow(RangeError);
});

it('does not stop at a zero byte', async () => {
  const hash = await passwords.hash('secret\0password');
  expect(await passwords.matches('secret\0passwore', hash)).toBe(false);
  expect(await passwords.matches('secret\0password', hash)).toBe(true);
});

it('takes the same characters however they were composed', async () => {
  const hash = await passwords.hash('caf\u00e9 au lait');
  expect(await passwords.matches('cafe\u0301 au lait', hash)).toBe(true);
});

it('does one comparison of the same cost whether or not the account exists', async () => {
  const hash = await passwords.hash('correct horse');
  const compare = jest.spyOn(bcrypt, 'compare');
  expect(await passwords.matches('wrong horse', hash)).toBe(false);
  expect(await passwords.matches('wrong horse', null)).toBe(false);
  expect(await passwords.matches('short', hash)).toBe(false);
  expect(compare.mock.calls.map(([, compared]) => bcrypt.getRounds(compared))).toEqual([10, 10, 10]);
});

it('does as much work for a password that was hashed at a lower cost as for nobody’s', async () => {
  const raised = new Passwords(new AuthOptions({ ...options, bcryptCost: 12 }));
  await raised.onModuleInit();
  const early = await passwords.hash('correct horse');
  const compare = jest.spyOn(bcrypt, 'compare');
  /** Rounds of the key schedule, of which each step in cost is twice as many. */
  const work = async (password: string, hash: string | null, matches: boolean) => {
    compare.mockClear();
    expect(await raised.matches(password, hash)).toBe(matches);
    return compare.mock.calls.reduce((sum, [, compared]) => sum + 2 ** bcrypt.getRounds(compared), 0);
  };
  expect([await work('wrong horse', early, false), await work('correct horse', early, true), await work('wrong horse', null, false)]).toEqual(
    Array(3).fill(2 ** 12),
  );
  expect(await work('wrong horse', await raised.hash('correct horse'), false)).toBe(2 ** 12);
});

it('tells a hash of a lower cost, and leaves one of a higher as it is', async () => {
  const early = await passwords.hash('correct horse');
  expect([9, 10, 11].map((cost) => new Passwords({ ...options, bcryptCost: cost }).isOutdated(early))).toEqual([false, false, true]);
});

it('refuses a cost below ten', () => {
  expect(() => new AuthOptions({ ...options, bcryptCost: 9 })).toThrow(RangeError);
});
