import fc from 'fast-check';
import { loggedError } from './logged-error.js';
import { withoutInput, withoutSecrets } from './redaction.js';

describe('a line of the log', () => {
  it.each([
    ['an email address', 'cannot reach ada.lovelace+shop@mail.example.org now'],
    ['an email address in a URL', 'GET /users?email=ada.lovelace%40example.org'],
    ['an access token', 'got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl here'],
    ['a refresh token', `got 0192f0c1-2a3b-7c4d-8e5f-60718293a4b5.${'a1B2-_'.repeat(11)} here`],
    ['what follows Bearer', 'authorization: Bearer 0123456789abcdef'],
  ])('shows nothing of %s', (_, text) => {
    const shown = withoutSecrets(text);
    expect(shown).toContain('[redacted]');
    expect(shown).not.toMatch(/ada|eyJ|a1B2|0123456789/);
  });

  it.each(['at 12:00:00.000Z, 3@4', 'order-0192f0c1-2a3b-7c4d-8e5f-60718293a4b5 moved', 'identity.UserErased v1', 'node:internal/x.js:12:3'])(
    'is left as it is where it tells nothing: %s',
    (text) => expect(withoutSecrets(text)).toBe(text),
  );

  it('is looked through in a time that grows with it, whatever is in it', () => {
    const started = performance.now();
    withoutSecrets('a'.repeat(200_000));
    withoutSecrets('@'.repeat(200_000));
    withoutSecrets(`eyJ${'a'.repeat(200_000)}`);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

it('repeats nothing that a request sent, wherever it stood in it', () =>
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[A-Z]{3,9}$/), { minLength: 1, maxLength: 5 }), (sent) => {
      const request = [{ list: sent.slice(1), deep: { [sent[0]!]: 1 } }];
      expect(withoutInput(`cannot use ${sent.join(' or ')}`, ...request)).not.toMatch(/[A-Z]/);
    }),
  ));

describe('an error in the log', () => {
  it('is what it is and where it comes from, and nothing else that hangs on it', () => {
    const error = Object.assign(new Error('duplicate key', { cause: new TypeError('deep') }), {
      code: '23505',
      constraint: 'users_email_key',
      detail: 'Key (email)=(ada) already exists.',
      request: { headers: { authorization: 'Bearer x' } },
    });
    const logged = loggedError(error);
    expect(logged).toEqual({
      type: 'Error',
      message: 'duplicate key',
      stack: expect.stringMatching(/^\s+at /),
      code: '23505',
      constraint: 'users_email_key',
      cause: { type: 'TypeError', message: 'deep', stack: expect.any(String) },
    });
  });

  it('does not repeat the value that a database could not read', () => {
    const error = Object.assign(new Error('invalid input syntax for type uuid: "ada lovelace"'), { code: '22P02' });
    expect(loggedError(error)).toMatchObject({ message: 'invalid input syntax for type uuid: "…"' });
    expect(JSON.stringify(loggedError(error))).not.toContain('lovelace');
  });

  it('may be no error at all', () => expect(loggedError('thrown text')).toBe('thrown text'));
});
