import { randomUUID } from 'node:crypto';
import { bearer, closeAll, customer, get, start } from '@testing/auth-app.js';
import { TokenIssuer } from './index.js';

afterEach(closeAll);

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

  it('limits the signed-in by user and role, wherever they come from', async () => {
    const app = await start(true);
    const [{ accessToken }, other, admin] = await Promise.all([
      app.get(TokenIssuer).issue(customer),
      app.get(TokenIssuer).issue({ ...customer, id: randomUUID() }),
      app.get(TokenIssuer).issue({ ...customer, id: randomUUID(), roles: ['customer', 'admin'] }),
    ]);
    const first = await get(app, '/shop/orders', bearer(accessToken));
    expect(first.headers).toMatchObject({ 'ratelimit-limit': '600', 'ratelimit-remaining': '599', 'ratelimit-policy': '"customer";q=600;w=60' });
    for (let i = 1; i < 600; i++) await get(app, '/shop/orders', bearer(accessToken));
    expect((await get(app, '/shop/orders', bearer(accessToken))).json().code).toBe('rate-limit.exceeded');
    expect((await get(app, '/shop/orders', bearer(other.accessToken))).headers['ratelimit-remaining']).toBe('599');
    const unlimited = await get(app, '/shop/orders', bearer(admin.accessToken));
    expect([unlimited.statusCode, unlimited.headers['ratelimit-limit']]).toEqual([200, undefined]);
  });

  it('limits how many accounts come from an address, unless who has no limit makes them', async () => {
    const app = await start(true);
    const { accessToken } = await app.get(TokenIssuer).issue({ ...customer, id: randomUUID(), roles: ['admin'] });
    const register = (headers = {}) => app.inject({ method: 'POST', url: '/shop/register', headers });
    for (let i = 0; i < 25; i++) expect((await register(bearer(accessToken))).statusCode).toBe(201);
    for (let i = 0; i < 20; i++) expect((await register()).statusCode).toBe(201);
    const refused = await register();
    expect(refused.json().code).toBe('rate-limit.exceeded');
    expect(refused.headers).toMatchObject({ 'ratelimit-policy': '"register";q=20;w=3600' });
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

  it('lets strangers sign in whose address has asked for too much else', async () => {
    const app = await start(true);
    for (let i = 0; i < 101; i++) await get(app, '/shop/open');
    expect((await get(app, '/shop/open')).json().code).toBe('rate-limit.exceeded');
    const signedIn = await app.inject({ method: 'POST', url: '/shop/sign-in' });
    expect(signedIn.statusCode).toBe(201);
    expect(signedIn.headers).toMatchObject({ 'ratelimit-policy': '"sign-in";q=10;w=60', 'ratelimit-remaining': '9' });
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
