import {
  ada,
  administrator,
  bearer,
  claimsOf,
  email,
  events,
  first,
  me,
  openShop,
  refusal,
  sessionsOf,
  shop,
  signIn,
  untilRefused,
  type SignedIn,
} from './session-people.js';

beforeAll(openShop);
afterAll(() => shop.close());

describe('sessions', () => {
  it('are listed for their user, the current one marked', async () => {
    await ada();
    const phone = await signIn(email, { 'user-agent': 'Phone 1.0' });
    const all = (await shop.get('/api/v1/users/me/sessions', bearer(phone))).json().items;
    expect(all).toHaveLength(2);
    expect(all.filter(({ current }: { current: boolean }) => current)).toEqual([
      {
        id: claimsOf(phone).sid,
        current: true,
        createdAt: expect.any(String),
        lastUsedAt: expect.any(String),
        idleUntil: expect.any(String),
        expiresAt: expect.any(String),
        userAgent: 'Phone 1.0',
      },
    ]);
    expect(JSON.stringify(await shop.ask('select t::text as row from identity.session_credentials t'))).not.toContain('Phone');
  });

  it('end by logging out, and take nothing else with them', async () => {
    await ada();
    const second = await signIn();
    const answer = await shop.post('/api/v1/auth/logout', {}, bearer(first));
    expect([answer.statusCode, answer.body]).toEqual([204, '']);
    await untilRefused(first);
    expect(await refusal(first.refreshToken)).toBe('auth.session-ended');
    expect((await me(second)).statusCode).toBe(200);
    expect(await sessionsOf(second)).toHaveLength(1);
    expect(await events('SessionEnded')).toMatchObject([{ reason: 'logged-out', sessionId: claimsOf(first).sid }]);
  });

  it('are ended one by one, or all others at once, by their own user only', async () => {
    const [here, there, third] = [await ada(), await signIn(), await signIn()];
    const stranger = await administrator();
    const end = (id: string, who: SignedIn) => shop.send('DELETE', `/api/v1/users/me/sessions/${id}`, bearer(who));
    for (const id of [claimsOf(stranger).sid, 'none', '01992d4e-7c1a-7f3b-9a55-2f0d6b1c8e01'])
      expect((await end(id, here)).json()).toMatchObject({ status: 404, code: 'identity.session-not-found' });
    expect((await me(stranger)).statusCode).toBe(200);
    expect((await end(claimsOf(there).sid, here)).statusCode).toBe(204);
    expect((await end(claimsOf(there).sid, here)).statusCode).toBe(204);
    await untilRefused(there);
    expect((await shop.send('DELETE', '/api/v1/users/me/sessions', bearer(here))).statusCode).toBe(204);
    await untilRefused(third);
    expect((await sessionsOf(here)).map(({ current }) => current)).toEqual([true]);
  });

  it('of a deactivated user end, and the access tokens with them', async () => {
    const [here, there, boss] = [await ada(), await signIn(), await administrator()];
    await shop.post(`/api/v1/users/${claimsOf(here).sub}/deactivate`, {}, bearer(boss));
    await untilRefused(here);
    expect((await events('SessionEnded')).map(({ reason }) => reason)).toEqual(['deactivated', 'deactivated']);
    expect(await refusal(here.refreshToken)).toBe('auth.session-ended');
    expect((await me(boss)).statusCode).toBe(200);
    await shop.post(`/api/v1/users/${claimsOf(here).sub}/reactivate`, {}, bearer(boss));
    expect(await refusal(there.refreshToken)).toBe('auth.session-ended');
    expect((await me(await signIn())).statusCode).toBe(200);
  });
});

it('met no error that nobody had thought of', () => expect(shop.logged).toEqual([]));
