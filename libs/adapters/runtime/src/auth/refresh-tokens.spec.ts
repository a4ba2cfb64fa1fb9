import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { RefreshTokens } from './refresh-tokens.js';

const tokens = new RefreshTokens();
const sessionId = randomUUID();
const token = tokens.mint(sessionId);

it('come back from their text', () => {
  expect(tokens.parse(token.text)).toEqual(token);
  expect(token.text).toMatch(/^[0-9a-f-]{36}\.[\w-]{65}$/);
});

it('are never the same, and of one family where that is given', () => {
  const next = tokens.mint(sessionId, token.family);
  expect(next.text).not.toBe(token.text);
  expect(tokens.digest(next)).not.toBe(tokens.digest(token));
  expect(tokens.familyDigest(next)).toBe(tokens.familyDigest(token));
  expect(tokens.familyDigest(tokens.mint(sessionId))).not.toBe(tokens.familyDigest(token));
});

it.each([
  ['nothing', ''],
  ['a text that is cut off', token.text.slice(0, -1)],
  ['one that goes on', `${token.text}A`],
  ['white space', ` ${token.text}`],
  ['a line end', `${token.text}\n`],
  ['another alphabet', `${token.text.slice(0, -1)}é`],
  ['an upper-case id', token.text.toUpperCase()],
  ['an access token', 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln'], // gitleaks:allow
])('are told from %s', (_, text) => expect(tokens.parse(text)).toBeNull());

const digest = fc.stringMatching(/^[0-9a-f]{64}$/);

it('are compared whole', () =>
  fc.assert(
    fc.property(digest, digest, (one, other) => {
      expect(tokens.equal(one, one)).toBe(true);
      expect(tokens.equal(one, other)).toBe(one === other);
      expect(tokens.equal(one, one.slice(1))).toBe(false);
      expect(tokens.equal(one, null)).toBe(false);
    }),
  ));

describe('a successor', () => {
  const successor = tokens.mint(sessionId, token.family);
  const sealed = tokens.seal(successor, token);

  it('is read by whoever holds its predecessor, and shows nothing to others', () => {
    expect(tokens.open(sealed, token)).toEqual(successor);
    expect(Buffer.from(sealed, 'base64').toString('latin1')).not.toContain(successor.text.slice(40));
  });

  it('does not open under another token, for another session, or once altered', () => {
    expect(() => tokens.open(sealed, tokens.mint(sessionId, token.family))).toThrow();
    expect(() => tokens.open(sealed, { ...token, sessionId: randomUUID() })).toThrow();
    const bytes = Buffer.from(sealed, 'base64');
    bytes[bytes.length - 1]! ^= 1;
    expect(() => tokens.open(bytes.toString('base64'), token)).toThrow();
  });
});
