import { AuthOptions, Passwords } from '@adapters/runtime/src/auth/index.js';
import { FirstAdministrator } from '@contexts/identity/src/commands/first-administrator.js';
import { jest } from '@jest/globals';
import bcrypt from 'bcrypt';
import { identityApp, type IdentityAppUnderTest } from './identity-app.js';

const password = 'correct horse battery';
const person = (email: string) => ({ email, password, name: 'Ada Lovelace' });
const bearer = (accessToken: string) => ({ authorization: `Bearer ${accessToken}` });

let shop: IdentityAppUnderTest;
beforeAll(async () => void (shop = await identityApp()));
afterAll(() => shop.close());

const register = (body: object, headers = {}) => shop.post('/api/v1/auth/register', body, headers);
const logIn = (email: string, secret = password) => shop.post('/api/v1/auth/login', { email, password: secret });
const tokenOf = async (email: string) => bearer((await logIn(email)).json().accessToken);

describe('registering', () => {
  it('answers without anything personal, and lets the user sign in and read it', async () => {
    const answer = await register(person('  Ada@Example.org '));
    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toEqual({ id: expect.any(String), status: 'active', roles: ['customer'], version: 1 });
    expect(answer.headers).toMatchObject({ etag: '"1"', location: '/api/v1/users/me', 'consistency-token': expect.stringMatching(/^identity=/) });

    const signedIn = await logIn('ADA@example.org');
    expect(signedIn.json()).toEqual({
      accessToken: expect.any(String),
      tokenType: 'Bearer',
      expiresIn: 900,
      refreshToken: expect.any(String),
      refreshExpiresIn: 7 * 86_400,
    });
    const claims = Buffer.from(signedIn.json().accessToken.split('.')[1], 'base64url').toString();
    expect(JSON.parse(claims)).toMatchObject({ email: 'ada@example.org' });
    expect(claims).not.toMatch(/lovelace/i);
    const me = await shop.get('/api/v1/users/me', bearer(signedIn.json().accessToken));
    expect(me.json()).toEqual({ id: answer.json().id, email: 'ada@example.org', name: 'Ada Lovelace', roles: ['customer'], status: 'active' });
  });

  it('leaves no plain email, name or password anywhere in the database', async () => {
    await register(person('plain.text@example.org'), { 'idempotency-key': 'plain-text' });
    await logIn('plain.text@example.org');
    const tables = ['event', 'users', 'credential', 'receipt', 'subject_key', 'stream', 'session_credentials'];
    const dump = await Promise.all(tables.map((table) => shop.ask(`select t::text as row from identity.${table} t`)));
    expect(dump.every((rows) => rows.length > 0)).toBe(true);
    expect(JSON.stringify(dump)).not.toMatch(/plain\.text|example\.org|lovelace|correct horse/i);
  });

  it('refuses a taken email, also in another spelling', async () => {
    await register(person('taken@example.org'));
    const answer = await register(person('Taken@Example.ORG'));
    expect(answer.statusCode).toBe(409);
    expect(answer.json().code).toBe('identity.email-taken');
  });

  it('lets exactly one of twenty at once have an email, and leaves nothing of the others', async () => {
    const before = await shop.ask<{ n: number }>('select count(*)::int as n from identity.event');
    const answers = await Promise.all(Array.from({ length: 20 }, () => register(person('race@example.org'))));
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, ...Array.from({ length: 19 }, () => 409)]);
    for (const answer of answers) if (answer.statusCode === 409) expect(answer.json().code).toBe('identity.email-taken');
    const [after] = await shop.ask<{ n: number }>('select count(*)::int as n from identity.event');
    expect(after!.n).toBe(before[0]!.n + 1);
    const sizes = `select (select count(*) from identity.users)::int as users, (select count(*) from identity.credential)::int as credentials,
                   (select count(*) from identity.stream where id like 'user-%')::int as streams`;
    const [{ users, credentials, streams }] = (await shop.ask(sizes)) as [{ users: number; credentials: number; streams: number }];
    expect([credentials, streams]).toEqual([users, users]);
    expect((await logIn('race@example.org')).statusCode).toBe(200);
  });

  it('answers a repeat with the same Idempotency-Key as the first time, and refuses the key for somebody else', async () => {
    const first = await register(person('again@example.org'), { 'idempotency-key': 'again' });
    const repeat = await register(person('again@example.org'), { 'idempotency-key': 'again' });
    expect([repeat.statusCode, repeat.json()]).toEqual([201, first.json()]);
    expect((await register(person('other@example.org'), { 'idempotency-key': 'again' })).statusCode).toBe(422);
  });

  it.each([
    ['email', { email: 'nobody' }],
    ['email', { email: { $ne: '' } }],
    ['email', { email: undefined }],
    ['password', { password: '1234567' }],
    ['password', { password: 'é'.repeat(37) }],
    ['password', { password: ['12345678'] }],
    ['name', { name: '   ' }],
    ['name', { name: 'x'.repeat(201) }],
    ['roles', { roles: ['admin'] }],
  ])('refuses a bad or unknown %s: %j', async (field, change) => {
    const answer = await register({ ...person('bad@example.org'), ...change });
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json().errors.map((error: { field: string }) => error.field)).toContain(field);
    expect(answer.body).not.toContain(password);
  });
});

describe('signing in', () => {
  beforeAll(() => register(person('signer@example.org')));

  it('says the same of a wrong password and of an unknown email', async () => {
    const [wrong, unknown] = [await logIn('signer@example.org', 'wrong horse'), await logIn('nobody@example.org')];
    expect([wrong.statusCode, wrong.json()]).toEqual([401, unknown.json()]);
    expect(wrong.json().code).toBe('identity.credentials-invalid');
  });

  it('compares one hash of the same cost for either', async () => {
    const compare = jest.spyOn(bcrypt, 'compare');
    const matches = jest.spyOn(shop.app.get(Passwords), 'matches');
    await logIn('signer@example.org', 'wrong horse');
    await logIn('nobody@example.org');
    expect(matches.mock.calls.map(([, hash]) => typeof hash)).toEqual(['string', 'object']);
    expect(compare.mock.calls.map(([, hash]) => bcrypt.getRounds(hash))).toEqual([10, 10]);
    jest.restoreAllMocks();
  });
});

it('hashes a password anew, at the next sign-in, where it was hashed at a lower cost', async () => {
  const { id } = (await register(person('early@example.org'))).json();
  const rounds = async () =>
    bcrypt.getRounds((await shop.ask<{ hash: string }>(`select password_hash as hash from identity.credential where user_id = '${id}'`))[0]!.hash);
  const { refreshToken } = (await logIn('early@example.org')).json();
  expect(await rounds()).toBe(10);
  const options = shop.app.get(AuthOptions);
  Object.assign(options, { bcryptCost: 11 });
  try {
    await logIn('early@example.org', 'wrong horse');
    expect(await rounds()).toBe(10);
    expect((await logIn('early@example.org')).statusCode).toBe(200);
    expect(await rounds()).toBe(11);
  } finally {
    Object.assign(options, { bcryptCost: 10 });
  }
  expect((await logIn('early@example.org')).statusCode).toBe(200);
  // The password is the same: sessions that began with it go on.
  expect((await shop.post('/api/v1/auth/refresh', { refreshToken })).statusCode).toBe(200);
});

describe('roles', () => {
  const administrator = { email: 'Admin@Shop.example', password: 'administrator password' };
  const ensure = (account = administrator) => shop.app.get(FirstAdministrator).ensure(account);
  const adminToken = async () => bearer((await logIn(administrator.email, administrator.password)).json().accessToken);

  it('has one first administrator however often it is asked for, with the password of the first time', async () => {
    expect((await Promise.all([ensure(), ensure()])).sort()).toEqual(['kept', 'registered']);
    expect(await ensure({ ...administrator, password: 'another password' })).toBe('kept');
    expect((await logIn(administrator.email, 'another password')).statusCode).toBe(401);
    expect((await shop.get('/api/v1/users/me', await adminToken())).json()).toMatchObject({ email: 'admin@shop.example', roles: ['admin'] });
  });

  it('stay as they are once there is an administrator, whatever has become of the email that the environment names', async () => {
    await register(person('stranger@example.org'));
    expect(await ensure({ email: 'stranger@example.org', password })).toBe('by-others');
    expect((await shop.get('/api/v1/users/me', await tokenOf('stranger@example.org'))).json().roles).toEqual(['customer']);
    const former = { email: 'former-admin@shop.example', password: 'administrator password' };
    expect(await ensure(former)).toBe('by-others');
    expect((await logIn(former.email, former.password)).statusCode).toBe(401);
  });

  it('make no administrator of an account that somebody registered before there was one', async () => {
    const other = await identityApp();
    await other.post('/api/v1/auth/register', person('stranger@example.org'));
    const asked = other.app.get(FirstAdministrator).ensure({ email: 'stranger@example.org', password });
    await expect(asked).rejects.toMatchObject({ code: 'identity.admin-email-taken' });
    await other.close();
  });

  it('are granted by an administrator and show at the next sign-in', async () => {
    const { id } = (await register(person('analyst@example.org'))).json();
    const grant = (headers: object, to = id) => shop.post(`/api/v1/users/${to}/roles`, { roles: ['analyst'] }, { ...headers });
    expect((await grant(await tokenOf('analyst@example.org'))).json()).toMatchObject({ status: 403, code: 'auth.forbidden' });
    const granted = await grant(await adminToken());
    expect([granted.statusCode, granted.json()]).toEqual([200, { id, status: 'active', roles: ['customer', 'analyst'], version: 2 }]);
    expect((await grant(await adminToken())).json().version).toBe(2);
    expect((await grant(await adminToken(), 'nobody')).json()).toMatchObject({ status: 404, code: 'identity.user-not-found' });
    const claims = JSON.parse(Buffer.from((await tokenOf('analyst@example.org')).authorization.split('.')[1]!, 'base64url').toString());
    expect(claims.permissions).toContain('analytics:read');
  });
});

it('tells the audit trail who was given all that is held of somebody else, and not who asks for their own', async () => {
  const boss = { email: 'Admin@Shop.example', password: 'administrator password' };
  const headers = bearer((await logIn(boss.email, boss.password)).json().accessToken);
  const { id } = (await register(person('exported@example.org'))).json();
  const told = () => shop.ask(`select actor, data from identity.event where type = 'identity.SubjectDataExported'`);
  expect((await shop.get('/api/v1/users/me/data', await tokenOf('exported@example.org'))).statusCode).toBe(200);
  expect(await told()).toEqual([]);
  expect((await shop.get(`/api/v1/users/${id}/data`, headers)).statusCode).toBe(200);
  const { id: actor } = (await shop.get('/api/v1/users/me', headers)).json();
  expect(await told()).toEqual([{ actor, data: JSON.stringify({ userId: id }) }]);
});

it('shows no personal data once the key is destroyed', async () => {
  const { id } = (await register(person('erased@example.org'))).json();
  const headers = await tokenOf('erased@example.org');
  await shop.personalData.forget(id);
  expect((await shop.get('/api/v1/users/me', headers)).json()).toEqual({ id, email: null, name: null, roles: ['customer'], status: 'active' });
});

it('asks for a token where there is personal data', async () => {
  expect((await shop.get('/api/v1/users/me')).json()).toMatchObject({ status: 401, code: 'auth.token-missing' });
});

it('met no error that nobody had thought of', () => expect(shop.logged).toEqual([]));

it('limits sign-ins with a problem that says when to come back', async () => {
  const limited = await identityApp({ rateLimit: true });
  const attempt = () => limited.post('/api/v1/auth/login', { email: 'a@example.org', password: 'x' });
  for (let i = 0; i < 10; i++) await attempt();
  const refused = await attempt();
  expect(refused.headers['content-type']).toContain('application/problem+json');
  expect(refused.json()).toMatchObject({ status: 429, code: 'rate-limit.exceeded' });
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  await limited.close();
});

it('takes its migrations back and applies them again', async () => {
  const other = await identityApp();
  await other.migrateDown();
  const left = await other.ask(`select table_name from information_schema.tables where table_schema = 'identity'`);
  expect(left).toEqual([{ table_name: 'migration' }]);
  await other.close();
});
