import {
  ada,
  administrator,
  bearer,
  claimsOf,
  DAY,
  email,
  events,
  first,
  logIn,
  me,
  openShop,
  refresh,
  refreshed,
  refusal,
  shop,
  signIn,
  untilRefused,
} from './session-people.js';

beforeAll(openShop);
afterAll(() => shop.close());

describe('refreshing', () => {
  it('answers as the sign-in, with another refresh token, and says what holds now', async () => {
    await ada();
    expect(first).toEqual({
      accessToken: expect.any(String),
      tokenType: 'Bearer',
      expiresIn: 900,
      refreshToken: expect.any(String),
      refreshExpiresIn: 7 * DAY,
    });
    const { sub, sid } = claimsOf(first);
    expect(claimsOf(first)).toMatchObject({ id: sub, email, role: 'customer', roles: ['customer'], iss: 'nebulocart', aud: 'nebulocart-api' });
    await shop.post(`/api/v1/users/${sub}/roles`, { roles: ['analyst'] }, bearer(await administrator()));
    const second = await refreshed(first.refreshToken);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(claimsOf(second)).toMatchObject({ sub, sid, role: 'analyst', roles: ['analyst', 'customer'] });
    expect(claimsOf(second).permissions).toContain('analytics:read');
    expect((await me(second)).statusCode).toBe(200);
    expect((await refreshed(second.refreshToken)).refreshToken).not.toBe(second.refreshToken);
  });

  it('gives all who present one token at the same time one successor', async () => {
    const { refreshToken } = await ada();
    const answers = await Promise.all(Array.from({ length: 8 }, () => refreshed(refreshToken)));
    expect(new Set(answers.map((answer) => answer.refreshToken)).size).toBe(1);
    expect(await events('SessionRefreshed')).toHaveLength(1);
    await refreshed(answers[0]!.refreshToken);
  });

  it('gives the same successor again for ten seconds, for an answer that got lost', async () => {
    const { refreshToken } = await ada();
    const second = await refreshed(refreshToken);
    shop.clock.advance(9);
    expect((await refreshed(refreshToken)).refreshToken).toBe(second.refreshToken);
  });

  it('takes a token that comes back later for stolen, and ends the session', async () => {
    const { refreshToken } = await ada();
    const thief = await refreshed(refreshToken);
    shop.clock.advance(11);
    expect(await refusal(refreshToken)).toBe('identity.refresh-token-reused');
    expect(await refusal(thief.refreshToken)).toBe('auth.session-ended');
    await untilRefused(thief);
    expect(await events('SessionEnded')).toMatchObject([{ reason: 'reuse' }]);
  });

  it('takes a token from before the last one for stolen at once', async () => {
    await ada();
    const second = await refreshed(first.refreshToken);
    const third = await refreshed(second.refreshToken);
    expect(await refusal(first.refreshToken)).toBe('identity.refresh-token-reused');
    expect(await refusal(third.refreshToken)).toBe('auth.session-ended');
  });

  it('ends nobody’s session for a token that this shop did not give out', async () => {
    const { refreshToken } = await ada();
    const [sessionId, secret] = refreshToken.split('.') as [string, string];
    expect(await refusal(`${sessionId}.${'A'.repeat(65)}`)).toBe('identity.refresh-token-invalid');
    expect(await refusal(`01992d4e-7c1a-7f3b-9a55-2f0d6b1c8e01.${secret}`)).toBe('identity.refresh-token-invalid');
    await refreshed(refreshToken);
  });

  it('ends after a week without use, and after thirty days however much it is used', async () => {
    const idle = await ada();
    shop.clock.advance(7 * DAY);
    expect(await refusal(idle.refreshToken)).toBe('auth.session-ended');
    let busy = await signIn();
    for (let day = 6; day < 30; day += 6) {
      shop.clock.advance(6 * DAY);
      busy = await refreshed(busy.refreshToken);
    }
    expect(busy.refreshExpiresIn).toBe(6 * DAY - 1);
    shop.clock.advance(6 * DAY);
    expect(await refusal(busy.refreshToken)).toBe('auth.session-ended');
    expect((await events('SessionEnded')).map(({ reason }) => reason)).toEqual(['expired', 'expired']);
  });

  it('goes on from snapshots after many times', async () => {
    let session = await ada();
    for (let i = 0; i < 60; i++) session = await refreshed(session.refreshToken);
    expect(await shop.ask(`select version from identity.snapshot where stream_id = 'session-${claimsOf(first).sid}'`)).toEqual([{ version: 50 }]);
    await refreshed(session.refreshToken);
  });

  it('may be kept by nobody on the way', async () => {
    const { refreshToken } = await ada();
    for (const answer of [await logIn(email), await refresh(refreshToken)]) expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('keeps no token in the database', async () => {
    await ada();
    const second = await refreshed(first.refreshToken);
    const tables = ['event', 'session_credentials', 'snapshot', 'receipt', 'revocations'];
    const dump = JSON.stringify(await Promise.all(tables.map((table) => shop.ask(`select t::text as row from identity.${table} t`))));
    for (const { refreshToken, accessToken } of [first, second]) {
      expect(dump).not.toContain(refreshToken.split('.')[1]);
      expect(dump).not.toContain(refreshToken.split('.')[1]!.slice(22));
      expect(dump).not.toContain(accessToken);
    }
  });
});

it('met no error that nobody had thought of', () => expect(shop.logged).toEqual([]));
