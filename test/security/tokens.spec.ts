import { createHmac, createPublicKey, createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { FirstAdministrator } from '@contexts/identity/src/commands/first-administrator.js';
import { firstKey, identityApp, type IdentityAppUnderTest } from '../e2e/identity-app.js';

/** Every way that we know of to pass for somebody else by a token; each must be answered 401 in words that a client understands. */

interface SignedIn {
  readonly accessToken: string;
  readonly refreshToken: string;
}

const password = 'correct horse battery';
const owner = { email: 'owner@shop.example', password };
const DAY = 86_400;

let shop: IdentityAppUnderTest;
let kid = '';
beforeAll(async () => {
  shop = await identityApp();
  kid = (await shop.get('/.well-known/jwks.json')).json().keys[0].kid;
  await shop.app.get(FirstAdministrator).ensure(owner);
});
afterAll(() => shop.close());

const logIn = async (email: string, secret = password): Promise<SignedIn> =>
  (await shop.post('/api/v1/auth/login', { email, password: secret })).json();
async function somebody(): Promise<SignedIn & { email: string }> {
  const email = `${randomUUID()}@example.org`;
  await shop.post('/api/v1/auth/register', { email, password, name: 'Ada' });
  return { ...(await logIn(email)), email };
}
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const refresh = (refreshToken: unknown) => shop.post('/api/v1/auth/refresh', { refreshToken });
const call = (authorization: string) => shop.get('/api/v1/users/me', { authorization });

const encode = (part: unknown): string => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
const decode = (part: string): Record<string, unknown> => JSON.parse(Buffer.from(part, 'base64url').toString());
const signed = (header: object | string, payload: object | string, key = firstKey.privateKey, digest = 'sha256'): string => {
  const text = `${encode(header)}.${encode(payload)}`;
  return `${text}.${createSign(digest).update(text).sign(key, 'base64url')}`;
};
const hmac = (header: object, payload: object, secret: string | Buffer): string => {
  const text = `${encode(header)}.${encode(payload)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
};
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
const strangerPem = stranger.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/** A genuine token of somebody, taken apart. */
interface Parts {
  readonly token: string;
  readonly header: Record<string, unknown>;
  readonly payload: Record<string, unknown>;
  readonly raw: readonly [header: string, payload: string, signature: string];
  readonly refreshToken: string;
}
async function genuine(): Promise<Parts> {
  const { accessToken: token, refreshToken } = await somebody();
  const raw = token.split('.') as [string, string, string];
  return { token, raw, header: decode(raw[0]), payload: decode(raw[1]), refreshToken };
}
const rs256 = () => ({ alg: 'RS256', typ: 'JWT', kid });
const without = (payload: Record<string, unknown>, name: string): Record<string, unknown> =>
  Object.fromEntries(Object.entries(payload).filter(([key]) => key !== name));
const now = () => Math.floor(Date.now() / 1000);

const forgeries: Record<string, (parts: Parts) => string> = {
  'no algorithm': ({ payload }) => `${encode({ alg: 'none', typ: 'JWT', kid })}.${encode(payload)}.`,
  'no algorithm, in other letters': ({ payload }) => `${encode({ alg: 'nOnE', kid })}.${encode(payload)}.`,
  'no algorithm over a genuine signature': ({ raw, payload }) => `${encode({ alg: 'none', kid })}.${encode(payload)}.${raw[2]}`,
  'the public key, SPKI, as an HMAC secret': ({ payload }) => hmac({ ...rs256(), alg: 'HS256' }, payload, firstKey.publicKey),
  'the public key, PKCS #1, as an HMAC secret': ({ payload }) =>
    hmac({ ...rs256(), alg: 'HS256' }, payload, createPublicKey(firstKey.publicKey).export({ type: 'pkcs1', format: 'pem' })),
  'the published key as an HMAC secret': ({ payload }) =>
    hmac({ ...rs256(), alg: 'HS256' }, payload, JSON.stringify(createPublicKey(firstKey.publicKey).export({ format: 'jwk' }))),
  'an empty HMAC secret': ({ payload }) => hmac({ ...rs256(), alg: 'HS256' }, payload, ''),
  'an HMAC under the name of our algorithm': ({ payload }) => hmac(rs256(), payload, firstKey.publicKey),
  'our key by another algorithm': ({ payload }) => signed({ ...rs256(), alg: 'RS512' }, payload, firstKey.privateKey, 'sha512'),
  'an elliptic key': ({ payload }) => signed({ ...rs256(), alg: 'ES256' }, payload, curve),
  'no algorithm named': ({ payload }) => signed({ typ: 'JWT', kid }, payload),
  'a key of one’s own under our name': ({ payload }) => signed(rs256(), payload, strangerPem),
  'a key of one’s own without a name': ({ payload }) => signed({ alg: 'RS256' }, payload, strangerPem),
  'a name that there is not': ({ payload }) => signed({ ...rs256(), kid: 'another' }, payload, strangerPem),
  'our key under a name that there is not': ({ payload }) => signed({ ...rs256(), kid: randomUUID() }, payload),
  'a path for a name': ({ payload }) => hmac({ alg: 'HS256', kid: '../../../../dev/null' }, payload, ''),
  'a path for a name, by our algorithm': ({ payload }) => signed({ ...rs256(), kid: '../secrets/jwt-private-key.pem' }, payload, strangerPem),
  'SQL for a name': ({ payload }) => signed({ ...rs256(), kid: `x' union select '${kid}' --` }, payload, strangerPem),
  'a member of every object for a name': ({ payload }) => signed({ ...rs256(), kid: '__proto__' }, payload, strangerPem),
  'an object for a name': ({ payload }) => signed({ ...rs256(), kid: { $ne: '' } }, payload, strangerPem),
  'a list for a name': ({ payload }) => signed({ ...rs256(), kid: [kid] }, payload),
  'an endless name': ({ payload }) => signed({ ...rs256(), kid: 'k'.repeat(4_000) }, payload, strangerPem),
  'a key in the header': ({ payload }) => signed({ ...rs256(), jwk: stranger.publicKey.export({ format: 'jwk' }) }, payload, strangerPem),
  'an address of keys in the header': ({ payload }) => signed({ ...rs256(), jku: 'http://127.0.0.1:9/jwks.json' }, payload, strangerPem),
  'an address of certificates in the header': ({ payload }) => signed({ ...rs256(), x5u: 'http://127.0.0.1:9/cert.pem' }, payload, strangerPem),
  'certificates in the header': ({ payload }) => signed({ ...rs256(), x5c: ['MIIB'] }, payload, strangerPem),
  'an extension that must be understood': ({ payload }) => signed({ ...rs256(), crit: ['exp'], exp: now() + 60 }, payload),
  'a payload that is not encoded, as an extension': ({ payload }) => signed({ ...rs256(), b64: false, crit: ['b64'] }, payload),
  'nothing but an expiry that has passed': ({ payload }) => signed(rs256(), { ...payload, exp: now() - 1 }),
  'a time to come': ({ payload }) => signed(rs256(), { ...payload, nbf: now() + 60 }),
  'no expiry': ({ payload }) => signed(rs256(), without(payload, 'exp')),
  'an expiry in words': ({ payload }) => signed(rs256(), { ...payload, exp: '9999999999' }),
  'no instant of issue': ({ payload }) => signed(rs256(), without(payload, 'iat')),
  'another issuer': ({ payload }) => signed(rs256(), { ...payload, iss: 'https://evil.example' }),
  'no issuer': ({ payload }) => signed(rs256(), without(payload, 'iss')),
  'another audience': ({ payload }) => signed(rs256(), { ...payload, aud: 'nebulocart-dashboard' }),
  'no audience': ({ payload }) => signed(rs256(), without(payload, 'aud')),
  'no subject': ({ payload }) => signed(rs256(), without(payload, 'sub')),
  'an object for a subject': ({ payload }) => signed(rs256(), { ...payload, sub: { id: payload['sub'] } }),
  'permissions in words': ({ payload }) => signed(rs256(), { ...payload, permissions: 'users:read:own' }),
  'an empty session': ({ payload }) => signed(rs256(), { ...payload, sid: '' }),
  'another subject in a signed payload': ({ raw, payload }) => `${raw[0]}.${encode({ ...payload, sub: randomUUID() })}.${raw[2]}`,
  'more permissions in a signed payload': ({ raw, payload }) => `${raw[0]}.${encode({ ...payload, permissions: ['users:manage'] })}.${raw[2]}`,
  'one signed payload’s signature under another': ({ raw }) => `${raw[0]}.${encode('{}')}.${raw[2]}`,
  'a header that was not signed': ({ raw }) => `${encode({ ...rs256(), typ: 'at+jwt' })}.${raw[1]}.${raw[2]}`,
  'half a signature': ({ raw }) => `${raw[0]}.${raw[1]}.${raw[2].slice(0, raw[2].length / 2)}`,
  'a signature with one bit changed': ({ raw }) => `${raw[0]}.${raw[1]}.${raw[2].startsWith('A') ? 'B' : 'A'}${raw[2].slice(1)}`,
  'no signature': ({ raw }) => `${raw[0]}.${raw[1]}.`,
  'a signature of nulls': ({ raw }) => `${raw[0]}.${raw[1]}.${Buffer.alloc(256).toString('base64url')}`,
  'two parts': ({ raw }) => `${raw[0]}.${raw[1]}`,
  'four parts': ({ token }) => `${token}.e30`,
  'dots only': () => '..',
  'five parts, as if it were encrypted': ({ raw }) => `${raw[0]}..${raw[1]}.${raw[2]}.AAAA`,
  'a header that is no JSON': ({ raw }) => `${encode('alg=RS256')}.${raw[1]}.${raw[2]}`,
  'a payload that is no JSON': () => signed(rs256(), 'hello'),
  'null for a payload': () => signed(rs256(), 'null'),
  'a list for a payload': ({ payload }) => signed(rs256(), JSON.stringify([payload])),
  'an algorithm named twice': ({ payload }) => signed(`{"alg":"RS256","kid":"${kid}","alg":"none"}`, payload),
  'standard base64 for a payload': ({ raw, payload }) =>
    `${raw[0]}.${Buffer.from(JSON.stringify({ ...payload, name: '~~~???' })).toString('base64')}.${raw[2]}`,
  'letters that look like others': ({ token }) => token.replace(/[eE]/, 'е'),
  'an invisible character': ({ token }) => `${token.slice(0, 20)}\u00ad${token.slice(20)}`,
  'a token within a token': ({ token }) => signed({ ...rs256(), cty: 'JWT' }, `"${token}"`),
  'a refresh token': ({ refreshToken }) => refreshToken,
  'eight kilobytes of token': ({ payload }) => signed(rs256(), { ...payload, roles: ['x'.repeat(8_000)] }, strangerPem),
};

it('takes a genuine token, or none of this would say anything', async () => {
  const { token, header, payload } = await genuine();
  expect((await call(`Bearer ${token}`)).statusCode).toBe(200);
  expect((await call(`Bearer ${signed(header, payload)}`)).statusCode).toBe(200);
});

describe('an access token', () => {
  let parts: Parts;
  beforeAll(async () => {
    parts = await genuine();
    // Verified once before: nothing that was remembered of it may help.
    await call(`Bearer ${parts.token}`);
  });

  it.each(Object.keys(forgeries))('with %s is refused', async (name) => {
    const answer = await call(`Bearer ${forgeries[name]!(parts)}`);
    const code = name.includes('expiry that has passed') ? 'auth.token-expired' : 'auth.token-invalid';
    expect([answer.statusCode, answer.json().code]).toEqual([401, code]);
    expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
  });

  it.each<[string, (token: string) => string]>([
    ['two tokens', (token) => `Bearer ${token}, Bearer ${token}`],
    ['two tokens with a space', (token) => `Bearer ${token} ${token}`],
    ['another scheme', (token) => `Basic ${token}`],
    ['no scheme', (token) => token],
    ['a parameter', (token) => `Bearer token="${token}"`],
  ])('in a header with %s is refused', async (_, header) => {
    const answer = await call(header((await genuine()).token));
    expect([answer.statusCode, answer.json().code]).toEqual([401, 'auth.token-invalid']);
  });

  it.each<[string, (token: string) => object]>([
    ['the query', (token) => ({ url: `/api/v1/users/me?access_token=${token}` })],
    ['a cookie', (token) => ({ url: '/api/v1/users/me', headers: { cookie: `access_token=${token}; token=${token}` } })],
  ])('is not looked for in %s', async (_, request) => {
    const answer = await shop.app.inject({ method: 'GET', ...request((await genuine()).token) });
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    expect(answer.statusCode).toBeLessThanOrEqual(401);
  });
});

/** What makes a token of a session that was good until then worthless; answers the session’s tokens. */
const ends: Record<string, (who: SignedIn & { email: string }) => Promise<unknown>> = {
  'its user logged out': ({ accessToken }) => shop.post('/api/v1/auth/logout', {}, bearer(accessToken)),
  'its user ended it from elsewhere': async ({ email }) => {
    const { accessToken } = await logIn(email);
    await shop.send('DELETE', '/api/v1/users/me/sessions', bearer(accessToken));
  },
  'its user changed the password elsewhere': async ({ email }) => {
    const { accessToken } = await logIn(email);
    await shop.post('/api/v1/users/me/password', { currentPassword: password, newPassword: 'another password' }, bearer(accessToken));
  },
  'its user was deactivated': async ({ accessToken }) => {
    const { sub } = decode(accessToken.split('.')[1]!);
    await shop.post(`/api/v1/users/${String(sub)}/deactivate`, {}, bearer((await logIn(owner.email)).accessToken));
  },
  'its refresh token was used twice': async ({ refreshToken }) => {
    const second = (await refresh(refreshToken)).json() as SignedIn;
    await refresh(second.refreshToken);
    await refresh(refreshToken);
  },
};

describe('a session', () => {
  it.each(Object.keys(ends))('is over when %s: neither token is taken any more', async (name) => {
    const who = await somebody();
    expect((await call(`Bearer ${who.accessToken}`)).statusCode).toBe(200);
    await ends[name]!(who);
    await shop.revocations.look();
    const [access, again] = [await call(`Bearer ${who.accessToken}`), await refresh(who.refreshToken)];
    expect([access.statusCode, access.json().code]).toEqual([401, 'auth.session-ended']);
    expect([again.statusCode, again.json().code]).toEqual([401, 'auth.session-ended']);
  });

  it('does not outlive its day, however much it is used', async () => {
    let { refreshToken } = await somebody();
    for (let day = 0; day < 30; day += 5) {
      refreshToken = ((await refresh(refreshToken)).json() as SignedIn).refreshToken;
      shop.clock.advance(5 * DAY);
    }
    expect((await refresh(refreshToken)).json().code).toBe('auth.session-ended');
  });

  it('of somebody else is neither seen nor ended', async () => {
    const [ada, eve] = [await somebody(), await somebody()];
    const { sid } = decode(ada.accessToken.split('.')[1]!);
    const listed = (await shop.get('/api/v1/users/me/sessions', bearer(eve.accessToken))).body;
    expect(listed).not.toContain(sid);
    const answer = await shop.send('DELETE', `/api/v1/users/me/sessions/${String(sid)}`, bearer(eve.accessToken));
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'identity.session-not-found']);
    expect((await call(`Bearer ${ada.accessToken}`)).statusCode).toBe(200);
  });
});

describe('a refresh token', () => {
  const attempts: Record<string, (who: SignedIn, other: SignedIn) => unknown> = {
    'one that is cut off': ({ refreshToken }) => refreshToken.slice(0, -1),
    'one that goes on': ({ refreshToken }) => `${refreshToken}A`,
    'another secret for a known session': ({ refreshToken }) => `${refreshToken.split('.')[0]}.${'A'.repeat(65)}`,
    'one’s own secret for the session of another': ({ refreshToken }, other) => `${other.refreshToken.split('.')[0]}.${refreshToken.split('.')[1]}`,
    'one that was changed': ({ refreshToken }) => `${refreshToken.slice(0, 40)}${refreshToken[40] === 'A' ? 'B' : 'A'}${refreshToken.slice(41)}`,
    'one in upper case': ({ refreshToken }) => refreshToken.toUpperCase(),
    'one with white space': ({ refreshToken }) => ` ${refreshToken}`,
    'SQL for a session': ({ refreshToken }) => `${refreshToken}' or '1'='1`,
    'what the database keeps': ({ refreshToken }) => `${refreshToken.split('.')[0]}.${'0'.repeat(64)}0`,
  };

  it.each(Object.keys(attempts))('is not %s, and whose session it is goes on', async (name) => {
    const [who, other] = [await somebody(), await somebody()];
    const answer = await refresh(attempts[name]!(who, other));
    expect([answer.statusCode, answer.json().code]).toEqual([401, 'identity.refresh-token-invalid']);
    for (const each of [who, other]) expect((await refresh(each.refreshToken)).statusCode).toBe(200);
  });

  it('is not an access token', async () => {
    const answer = await refresh((await somebody()).accessToken);
    expect([400, 401]).toContain(answer.statusCode);
    expect(['request.invalid', 'identity.refresh-token-invalid']).toContain(answer.json().code);
  });

  it.each([[''], [null], [{ $gt: '' }], [['a']], [42], ['x'.repeat(1_001)]])('is not %j either', async (value) => {
    const answer = await refresh(value);
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'request.invalid']);
  });

  it('that was changed in its last part only is taken for an older one, and ends the session', async () => {
    const { refreshToken } = await somebody();
    const other = `${refreshToken.slice(0, -5)}${refreshToken.endsWith('AAAAA') ? 'BBBBB' : 'AAAAA'}`;
    expect((await refresh(other)).json().code).toBe('identity.refresh-token-reused');
    expect((await refresh(refreshToken)).json().code).toBe('auth.session-ended');
  });

  it('of a thief who was first is found out when its owner comes', async () => {
    const { refreshToken } = await somebody();
    const thief = (await refresh(refreshToken)).json() as SignedIn;
    shop.clock.advance(60);
    expect((await refresh(refreshToken)).json().code).toBe('identity.refresh-token-reused');
    expect((await refresh(thief.refreshToken)).json().code).toBe('auth.session-ended');
  });
});

it('met no error that nobody had thought of', () => expect(shop.logged).toEqual([]));
