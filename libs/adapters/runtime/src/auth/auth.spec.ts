import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto';
import { Catch, Controller, Get, Global, Module, Post, type ArgumentsHost, type ExceptionFilter, type Type } from '@nestjs/common';
import { JwtService, type JwtSignOptions } from '@nestjs/jwt';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { RequestContext, type RequestScope } from '@kernel/ports/request-context.js';
import type { Principal } from '@kernel/principal.js';
import { Refusal } from '@kernel/refusal.js';
import { AuthModule, AuthOptions, CurrentPrincipal, LimitSignIns, Public, RequirePermission, TokenIssuer, Unlimited } from './index.js';

const scope = { principal: null as Principal | null };
class TestContext extends RequestContext {
  current = () => scope as RequestScope;
  run = <T>(_: RequestScope, work: () => T) => work();
}

@Global()
@Module({ providers: [{ provide: RequestContext, useClass: TestContext }], exports: [RequestContext] })
class TestContextModule {}

@Catch(Refusal)
class CodeFilter implements ExceptionFilter {
  catch({ code, kind }: Refusal, host: ArgumentsHost) {
    host.switchToHttp().getResponse().status(418).send({ code, kind });
  }
}

@Controller('shop')
class ShopController {
  @Get('open')
  @Public()
  open(@CurrentPrincipal() principal: Principal | null) {
    return { caller: principal?.id ?? 'stranger' };
  }

  @Get('orders')
  @RequirePermission('orders:create')
  orders(@CurrentPrincipal() principal: Principal) {
    return { caller: principal.id };
  }

  @Get('pulse')
  @Public()
  @Unlimited()
  pulse() {
    return {};
  }

  @Post('sign-in')
  @Public()
  @LimitSignIns()
  signIn() {
    return {};
  }
}

@Controller('forgotten')
class ForgottenController {
  @Get()
  everything() {
    return 'secrets';
  }
}

const signingKeys = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
const keys = signingKeys();
const customer: Principal = { id: randomUUID(), roles: ['customer'], permissions: ['orders:create'] };
const open: NestFastifyApplication[] = [];

async function start(rateLimit: boolean, controllers: Type[] = [ShopController]) {
  const options = new AuthOptions({ ...keys, ttlSeconds: 900, bcryptCost: 10, rateLimit });
  const module = await Test.createTestingModule({ imports: [TestContextModule, AuthModule.forRoot(options)], controllers }).compile();
  const app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
  app.useGlobalFilters(new CodeFilter());
  open.push(app);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}

afterEach(() => Promise.all(open.splice(0).map((app) => app.close())));

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const get = (app: NestFastifyApplication, url: string, headers: Record<string, string> = {}) => app.inject({ method: 'GET', url, headers });

describe('who may call a route', () => {
  it('lets a stranger and a principal call a public route', async () => {
    const app = await start(false);
    const { accessToken } = await app.get(TokenIssuer).issue(customer);
    expect((await get(app, '/shop/open')).json()).toEqual({ caller: 'stranger' });
    expect((await get(app, '/shop/open', bearer('not.a.token'))).json()).toEqual({ caller: 'stranger' });
    expect((await get(app, '/shop/open', bearer(accessToken))).json()).toEqual({ caller: customer.id });
  });

  it('asks for a token, tells the scheme, and takes one that holds the permission', async () => {
    const app = await start(false);
    const refused = await get(app, '/shop/orders');
    expect(refused.json()).toEqual({ code: 'auth.token-missing', kind: 'unauthenticated' });
    expect(refused.headers['www-authenticate']).toBe('Bearer');
    const { accessToken } = await app.get(TokenIssuer).issue(customer);
    for (const time of ['verified', 'remembered']) {
      scope.principal = null;
      expect([time, (await get(app, '/shop/orders', bearer(accessToken))).json()]).toEqual([time, { caller: customer.id }]);
      expect(scope.principal).toEqual(customer);
    }
  });

  it('forbids a principal without the permission', async () => {
    const app = await start(false);
    const { accessToken } = await app.get(TokenIssuer).issue({ ...customer, permissions: ['catalog:read'] });
    expect((await get(app, '/shop/orders', bearer(accessToken))).json()).toEqual({ code: 'auth.forbidden', kind: 'forbidden' });
  });

  it('never answers one request with the principal of another', async () => {
    const app = await start(false);
    const principals = Array.from({ length: 20 }, () => ({ ...customer, id: randomUUID() }));
    const tokens = await Promise.all(principals.map((principal) => app.get(TokenIssuer).issue(principal)));
    const answers = await Promise.all(tokens.map(({ accessToken }) => get(app, '/shop/orders', bearer(accessToken))));
    expect(answers.map((answer) => answer.json().caller)).toEqual(principals.map(({ id }) => id));
  });

  it('keeps two applications in one process apart', async () => {
    const [app, other] = [await start(false), await start(false)];
    const options = new AuthOptions({ ...signingKeys(), ttlSeconds: 900, bcryptCost: 10, rateLimit: false });
    const module = await Test.createTestingModule({ imports: [TestContextModule, AuthModule.forRoot(options)] }).compile();
    const { accessToken } = await module.get(TokenIssuer).issue(customer);
    for (const each of [app, other]) expect((await get(each, '/shop/orders', bearer(accessToken))).json().code).toBe('auth.token-invalid');
  });

  it('does not start with an undeclared route', async () => {
    await expect(start(false, [ShopController, ForgottenController])).rejects.toThrow(
      'declare @Public() or @RequirePermission(...) on ForgottenController.everything',
    );
  });
});

describe('forged tokens', () => {
  const claims = { sub: customer.id, roles: ['admin'], permissions: ['orders:create'] };
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

describe('request limits', () => {
  it('limits strangers, refused ones too, and tells them when to come back', async () => {
    const app = await start(true);
    const first = await get(app, '/shop/open');
    expect(first.headers).toMatchObject({ 'ratelimit-limit': '100', 'ratelimit-remaining': '99', 'ratelimit-reset': '900' });
    for (let i = 1; i < 100; i++) await get(app, '/shop/orders', bearer('forged.to.ken'));
    const refused = await get(app, '/shop/open');
    expect(refused.json()).toEqual({ code: 'rate-limit.exceeded', kind: 'rate-limited' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(880);
  });

  it('does not limit the signed-in', async () => {
    const app = await start(true);
    const { accessToken } = await app.get(TokenIssuer).issue(customer);
    for (let i = 0; i < 120; i++) await get(app, '/shop/orders', bearer(accessToken));
    const answer = await get(app, '/shop/orders', bearer(accessToken));
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['ratelimit-limit']).toBeUndefined();
  });

  it('limits sign-ins more tightly, for the signed-in as well', async () => {
    const app = await start(true);
    const { accessToken } = await app.get(TokenIssuer).issue(customer);
    const signIn = () => app.inject({ method: 'POST', url: '/shop/sign-in', headers: bearer(accessToken) });
    for (let i = 0; i < 10; i++) expect((await signIn()).statusCode).toBe(201);
    const refused = await signIn();
    expect(refused.json().code).toBe('rate-limit.exceeded');
    expect(refused.headers).toMatchObject({ 'ratelimit-limit': '10', 'ratelimit-remaining': '0' });
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
  });

  it('limits nobody who takes the pulse of the server', async () => {
    const app = await start(true);
    for (let i = 0; i < 120; i++) await get(app, '/shop/pulse');
    expect((await get(app, '/shop/pulse')).statusCode).toBe(200);
    expect((await get(app, '/shop/open')).headers['ratelimit-remaining']).toBe('99');
  });

  it('limits nobody when it is off', async () => {
    const app = await start(false);
    for (let i = 0; i < 120; i++) await get(app, '/shop/open');
    expect((await get(app, '/shop/open')).statusCode).toBe(200);
  });
});
