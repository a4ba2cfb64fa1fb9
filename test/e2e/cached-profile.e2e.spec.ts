import { eventually } from '@testing/eventually.js';
import { TestRedis } from '@testing/redis-server.js';
import { createClient } from '@redis/client';
import { identityApp, type IdentityAppUnderTest } from './identity-app.js';

const password = 'correct horse battery';

describe('one’s own account, where there is a Redis', () => {
  let redis: TestRedis;
  let shop: IdentityAppUnderTest;
  beforeAll(async () => {
    redis = await TestRedis.start();
    shop = await identityApp({}, { redisUrl: redis.url });
  });
  afterAll(async () => {
    await shop?.close();
    await redis?.drop();
  });

  const signedIn = async (email: string) => {
    await shop.post('/api/v1/auth/register', { email, password, name: 'Ada Lovelace' });
    const answer = await shop.post('/api/v1/auth/login', { email, password });
    return { authorization: `Bearer ${answer.json().accessToken}` };
  };
  const me = (headers: Record<string, string>) => shop.get('/api/v1/users/me', headers);

  /** Every key of Redis and every text in it. */
  async function contents(): Promise<string> {
    const client = await createClient({ url: redis.url }).connect();
    try {
      const keys = await client.keys('*');
      const texts = await Promise.all(keys.map((key) => client.get(key)));
      return JSON.stringify([keys, texts]);
    } finally {
      client.destroy();
    }
  }

  it('is as it was changed a moment ago', async () => {
    const ada = await signedIn('ada@example.org');
    for (const name of ['Ada King', 'Ada Byron', 'Countess']) {
      await me(ada);
      await shop.send('PATCH', '/api/v1/users/me', ada, { name });
      expect((await me(ada)).json()).toMatchObject({ name, email: 'ada@example.org' });
    }
  });

  it('is kept, but nothing in it can be read there', async () => {
    const bob = await signedIn('bob@example.org');
    expect((await me(bob)).json()).toMatchObject({ email: 'bob@example.org', name: 'Ada Lovelace' });
    await eventually(async () => expect(await contents()).toContain('identity:profile:'));
    expect(await contents()).not.toMatch(/bob@example|Lovelace/i);
    expect((await me(bob)).json()).toMatchObject({ email: 'bob@example.org', name: 'Ada Lovelace' });
  });

  it('is shown without its person once the key is destroyed, whatever is kept', async () => {
    const eve = await signedIn('eve@example.org');
    const { id } = (await me(eve)).json();
    await shop.personalData.forget(id);
    expect((await me(eve)).json()).toMatchObject({ id, email: null, name: null });
  });

  it('is read all the same when Redis dies', async () => {
    const dan = await signedIn('dan@example.org');
    await me(dan);
    await redis.kill();
    for (let times = 0; times < 5; times++) expect((await me(dan)).statusCode).toBe(200);
    await redis.restart();
  });
});
