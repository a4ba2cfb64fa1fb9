import { randomUUID } from 'node:crypto';
import { Controller, Get } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Revocations } from '@kernel/ports/revocations.js';
import { bearer, closeAll, customer, get, scope, shopRoutes, signingKeys, start, TestContextModule } from '@testing/auth-app.js';
import type { KnownRevocations } from '@testing/tokens-in-memory.js';
import { AuthModule, AuthOptions, TokenIssuer } from './index.js';

@Controller('forgotten')
class ForgottenController {
  @Get()
  everything() {
    return 'secrets';
  }
}

afterEach(closeAll);

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

  it('takes any token that counts where signing in is all that is asked for', async () => {
    const app = await start(false);
    const refused = await get(app, '/shop/account');
    expect(refused.json()).toEqual({ code: 'auth.token-missing', kind: 'unauthenticated' });
    expect(refused.headers['www-authenticate']).toBe('Bearer');
    expect((await get(app, '/shop/account', bearer('not.a.token'))).json()).toEqual({ code: 'auth.token-invalid', kind: 'unauthenticated' });
    const { accessToken } = await app.get(TokenIssuer).issue({ ...customer, roles: [], permissions: [] });
    expect((await get(app, '/shop/account', bearer(accessToken))).json()).toEqual({ caller: customer.id });
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
    await module.init();
    const { accessToken } = await module.get(TokenIssuer).issue(customer);
    await module.close();
    for (const each of [app, other]) expect((await get(each, '/shop/orders', bearer(accessToken))).json().code).toBe('auth.token-invalid');
  });

  it('does not start with an undeclared route', async () => {
    await expect(start(false, [...shopRoutes, ForgottenController])).rejects.toThrow(
      'declare @Public(), @SignedIn() or @RequirePermission(...) on ForgottenController.everything',
    );
  });
});

describe('a token that was taken back', () => {
  it('is refused although it was verified before, and another of the user is not', async () => {
    const app = await start(false);
    const revocations = app.get(Revocations) as KnownRevocations;
    const token = async (sessionId: string, issuedAt: number) =>
      bearer((await app.get(TokenIssuer).issue({ ...customer, sessionId }, { issuedAt })).accessToken);
    const now = Date.now();
    const [ended, early, late] = [await token('ended', now), await token('other', now - 1), await token('other', now)];
    for (const each of [ended, early, late]) expect((await get(app, '/shop/orders', each)).statusCode).toBe(200);
    revocations.revoked.push({ sessionId: 'ended', userId: '', issuedAt: 0 }, { sessionId: '', userId: customer.id, issuedAt: now - 1 });
    for (const each of [ended, early]) {
      const answer = await get(app, '/shop/orders', each);
      expect(answer.json()).toEqual({ code: 'auth.session-ended', kind: 'unauthenticated' });
      expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
    }
    expect((await get(app, '/shop/orders', late)).statusCode).toBe(200);
  });

  it('is refused when it is seen for the first time', async () => {
    const app = await start(false);
    const { accessToken } = await app.get(TokenIssuer).issue(customer);
    (app.get(Revocations) as KnownRevocations).revoked.push({ sessionId: customer.sessionId, userId: '', issuedAt: 0 });
    expect((await get(app, '/shop/orders', bearer(accessToken))).json().code).toBe('auth.session-ended');
  });
});
