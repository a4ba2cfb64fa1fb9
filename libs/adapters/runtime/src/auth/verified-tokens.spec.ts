import { VerifiedTokens, type VerifiedToken } from './verified-tokens.js';

const token = (expiresAt: number): VerifiedToken => ({ principal: { id: 'p', roles: [], permissions: [], sessionId: '' }, issuedAt: 0, expiresAt });

it('forgets the least recently used past its capacity', () => {
  const tokens = new VerifiedTokens(2, () => 0);
  tokens.set('a', token(10));
  tokens.set('b', token(10));
  tokens.get('a');
  tokens.set('c', token(10));
  expect(tokens.size).toBe(2);
  expect(tokens.get('b')).toBeUndefined();
  expect(tokens.get('a')).toBeDefined();
});

it('never outlives the token', () => {
  let now = 9_999;
  const tokens = new VerifiedTokens(2, () => now);
  tokens.set('a', token(10));
  expect(tokens.get('a')).toBeDefined();
  now = 10_000;
  expect(tokens.get('a')).toBeUndefined();
  expect(tokens.size).toBe(0);
});
