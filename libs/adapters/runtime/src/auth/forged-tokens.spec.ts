import { createHmac, randomUUID } from 'node:crypto';
import { JwtService, type JwtSignOptions } from '@nestjs/jwt';
import { bearer, closeAll, customer, get, keys, signingKeys, start } from '@testing/auth-app.js';

afterEach(closeAll);

describe('forged tokens', () => {
  const claims = { sub: customer.id, roles: ['admin'], permissions: ['orders:create'], sid: 'session' };
  const good = { algorithm: 'RS256', issuer: 'nebulocart', audience: 'nebulocart-api', expiresIn: 60 } as const;
  const jwt = new JwtService();
  const sign = (payload: object, overrides: JwtSignOptions = {}) => jwt.sign(payload, { privateKey: keys.privateKey, ...good, ...overrides });
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const body = { ...claims, iss: good.issuer, aud: good.audience, iat: now, exp: now + 60 };
  const genuine = sign(claims);
  const [header, payload, signature] = genuine.split('.') as [string, string, string];
  const hmacWithPublicKey = () => {
    const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(body)}`;
    return `${signed}.${createHmac('sha256', keys.publicKey).update(signed).digest('base64url')}`;
  };
  const strangeKey = signingKeys().privateKey;

  const forged: Record<string, string> = {
    'algorithm none': `${encode({ alg: 'none', typ: 'JWT' })}.${encode(body)}.`,
    'algorithm None': `${encode({ alg: 'None', typ: 'JWT' })}.${encode(body)}.`,
    'the public key as an HMAC secret': hmacWithPublicKey(),
    'another key': sign(claims, { privateKey: strangeKey }),
    'a key of its own in the header': sign(claims, { privateKey: strangeKey, header: { alg: 'RS256', jwk: {} } as never }),
    'another issuer': sign(claims, { issuer: 'someone' }),
    'another audience': sign(claims, { audience: 'nebulocart-dashboard' }),
    'another signature algorithm': sign(claims, { algorithm: 'PS256' }),
    'no expiry': jwt.sign(claims, { privateKey: keys.privateKey, algorithm: 'RS256', issuer: good.issuer, audience: good.audience }),
    'no subject': sign({ ...claims, sub: undefined as never }),
    'not yet valid': sign(claims, { notBefore: 30 }),
    'a changed payload': `${header}.${encode({ ...body, sub: randomUUID() })}.${signature}`,
    'a changed signature': `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
    'no signature': `${header}.${payload}.`,
    'not a token': 'hello',
  };

  it.each(Object.keys(forged))('refuses one with %s', async (name) => {
    const app = await start(false);
    expect((await get(app, '/shop/orders', bearer(genuine))).statusCode).toBe(200);
    const answer = await get(app, '/shop/orders', bearer(forged[name]!));
    expect(answer.json()).toEqual({ code: 'auth.token-invalid', kind: 'unauthenticated' });
    expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
  });

  it('refuses another scheme', async () => {
    const app = await start(false);
    expect((await get(app, '/shop/orders', { authorization: `Basic ${genuine}` })).json().code).toBe('auth.token-invalid');
  });

  it('refuses an expired one, also when it was remembered', async () => {
    const app = await start(false);
    const past = sign(claims, { expiresIn: -1 });
    expect((await get(app, '/shop/orders', bearer(past))).json().code).toBe('auth.token-expired');
    const brief = sign(claims, { expiresIn: 1 });
    await get(app, '/shop/orders', bearer(brief));
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect((await get(app, '/shop/orders', bearer(brief))).json().code).toBe('auth.token-expired');
  });
});
