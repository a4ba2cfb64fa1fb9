import { eventually } from '@testing/eventually.js';
import { TcpProxy } from '@testing/tcp-proxy.js';
import { identityApp, type IdentityAppUnderTest } from './identity-app.js';

describe('while Postgres is away', () => {
  let proxy: TcpProxy;
  let shop: IdentityAppUnderTest;
  beforeAll(async () => {
    const through = async (url: string) => (proxy = await TcpProxy.before(url)).via(url);
    shop = await identityApp({}, { through });
  });
  afterAll(async () => {
    await shop?.close();
    await proxy?.close();
  });

  const person = { email: 'ada@shop.example', password: 'correct horse battery', name: 'Ada' };
  const register = () => shop.post('/api/v1/auth/register', person);

  it('a command is answered at once that it should come again, and carried out when it is back', async () => {
    await proxy.kill();
    const refused = await eventually(async () => {
      const answer = await register();
      expect(answer.statusCode).toBe(503);
      return answer;
    });
    expect(refused.headers['retry-after']).toBe('1');
    expect(refused.headers['content-type']).toContain('application/problem+json');
    expect(refused.json()).toMatchObject({ code: 'engine.unavailable', status: 503 });
    await proxy.restart();
    await eventually(async () => expect((await register()).statusCode).toBe(201));
    const signedIn = await shop.post('/api/v1/auth/login', { email: person.email, password: person.password });
    expect(signedIn.statusCode).toBe(200);
  });
});
