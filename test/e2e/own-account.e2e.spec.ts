import {
  ada,
  bearer,
  claimsOf,
  email,
  events,
  logIn,
  me,
  openShop,
  password,
  refreshed,
  refusal,
  shop,
  signIn,
  untilRefused,
  type SignedIn,
} from './session-people.js';

beforeAll(openShop);
afterAll(() => shop.close());

describe('one’s own password', () => {
  const change = (who: SignedIn, currentPassword: string, newPassword: string) =>
    shop.post('/api/v1/users/me/password', { currentPassword, newPassword }, bearer(who));

  it('is changed with the current one, ends all other sessions and says nothing in its event', async () => {
    const [here, there] = [await ada(), await signIn()];
    expect((await change(here, 'wrong horse', 'another password')).json()).toMatchObject({ status: 403, code: 'identity.password-wrong' });
    expect((await change(here, password, '1234567')).json()).toMatchObject({ status: 400 });
    expect((await change(here, password, 'é'.repeat(37))).json()).toMatchObject({ status: 400 });
    expect((await change(here, password, 'another password')).statusCode).toBe(204);
    await untilRefused(there);
    expect(await refusal(there.refreshToken)).toBe('auth.session-ended');
    expect((await me(here)).statusCode).toBe(200);
    await refreshed((await refreshed(here.refreshToken)).refreshToken);
    expect((await logIn(email)).statusCode).toBe(401);
    expect((await logIn(email, 'another password')).statusCode).toBe(200);
    expect(await events('PasswordChanged')).toEqual([{ userId: claimsOf(here).sub }]);
  });

  it('cannot be guessed with a stolen access token', async () => {
    const here = await ada();
    for (let i = 0; i < 6; i++) await change(here, `wrong ${i}`, 'another password');
    const refused = await change(here, password, 'another password');
    expect(refused.json()).toMatchObject({ status: 429, code: 'identity.sign-in-locked' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  });
});

describe('one’s own profile', () => {
  const patch = (who: SignedIn, body: object, headers = {}) => shop.send('PATCH', '/api/v1/users/me', { ...bearer(who), ...headers }, body);

  it('is renamed, on the version that was read', async () => {
    const here = await ada();
    expect((await me(here)).headers['etag']).toMatch(/^"1\./);
    expect((await patch(here, { name: 'Ada King' }, { 'if-match': '"1"' })).json()).toMatchObject({ version: 2 });
    expect((await patch(here, { name: 'Ada Byron' }, { 'if-match': '"1"' })).json()).toMatchObject({
      status: 412,
      code: 'concurrency.stale-version',
    });
    expect((await patch(here, { name: 'Ada King' })).json()).toMatchObject({ version: 2 });
    const now = await me(here);
    expect([now.headers['etag'], now.json()]).toMatchObject([expect.stringMatching(/^"2\./), { name: 'Ada King', email }]);
    expect(JSON.stringify(await events('UserRenamed'))).not.toContain('King');
  });

  it('moves to another email with the password, which then signs in, and leaves the old one free', async () => {
    const here = await ada();
    expect((await patch(here, { email: 'ada@king.example' })).json().errors[0]).toMatchObject({ field: 'currentPassword' });
    expect((await patch(here, { email: 'ada@king.example', currentPassword: 'wrong' })).json()).toMatchObject({ code: 'identity.password-wrong' });
    const before = email;
    expect((await patch(here, { email: ' Ada@King.example', currentPassword: password })).json()).toMatchObject({ version: 2 });
    expect((await logIn(email)).statusCode).toBe(401);
    expect(claimsOf(await signIn('ada@king.example')).email).toBe('ada@king.example');
    expect(claimsOf(await refreshed(here.refreshToken)).email).toBe('ada@king.example');
    expect((await me(here)).json().email).toBe('ada@king.example');
    const eve = await shop.post('/api/v1/auth/register', { email: before, password, name: 'Eve' });
    expect(eve.statusCode).toBe(201);
    const taken = await patch(await signIn(before), { email: 'ada@king.example', currentPassword: password });
    expect(taken.json()).toMatchObject({ status: 409, code: 'identity.email-taken' });
    expect(JSON.stringify(await events('EmailChanged'))).not.toContain('king.example');
  });

  it.each([
    [{ name: '' }],
    [{ name: null }],
    [{ email: 'nobody', currentPassword: password }],
    [{ roles: ['admin'] }],
    [{ name: 'Ada', status: 'active' }],
  ])('refuses %j', async (body) => expect((await patch(await ada(), body)).statusCode).toBe(400));
});

it('met no error that nobody had thought of', () => expect(shop.logged).toEqual([]));
