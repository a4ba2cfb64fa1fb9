import { Accounts } from '@contexts/identity/src/commands/accounts.js';
import { Sessions } from '@contexts/identity/src/commands/sessions.js';
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
  refreshed,
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

  it('are at most fifty of one user: the one that began first ends as another begins', async () => {
    const oldest = await ada();
    const account = (await shop.app.get(Accounts).byEmail(email))!;
    for (let i = 1; i < 50; i++) await shop.app.get(Sessions).start(account, undefined);
    expect((await me(oldest)).statusCode).toBe(200);
    expect(await events('SessionEnded')).toEqual([]);
    const newest = await signIn();
    await untilRefused(oldest);
    expect(await events('SessionEnded')).toMatchObject([{ sessionId: claimsOf(oldest).sid, reason: 'superseded' }]);
    expect(await sessionsOf(newest)).toHaveLength(50);
  });

  it('and registrations are in the audit trail as what their own user did', async () => {
    await ada();
    await refreshed(first.refreshToken);
    const { sub } = claimsOf(first);
    const told = await shop.ask<{ type: string; actor: string }>(
      `select type, actor from identity.event where data like '%${sub}%' order by recorded_at, id`,
    );
    expect(told).toEqual(['UserRegistered', 'SessionStarted', 'SessionRefreshed'].map((type) => ({ type: `identity.${type}`, actor: sub })));
    const boss = claimsOf(await administrator()).sub;
    const made = await shop.ask(`select actor from identity.event where stream_id = 'user-${boss}' and type = 'identity.UserRegistered'`);
    expect(made).toEqual([{ actor: null }]);
  });
});

it('met no error that nobody had thought of', () => expect(shop.logged).toEqual([]));
