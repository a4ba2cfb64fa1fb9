import { randomUUID } from 'node:crypto';
import { FirstAdministrator } from '@contexts/identity/src/commands/first-administrator.js';
import { Customers } from '@contexts/identity/src/contract/customers.js';
import { identityApp, type IdentityAppUnderTest } from './identity-app.js';

const password = 'correct horse battery';
const owner = { email: 'owner@shop.example', password };

let shop: IdentityAppUnderTest;
beforeAll(async () => {
  shop = await identityApp();
  // What a token can still do in the moment until it is refused is looked at here: that moment must not end by itself.
  await shop.revocations.stop();
  await shop.app.get(FirstAdministrator).ensure(owner);
});
afterAll(() => shop.close());

const logIn = (email: string) => shop.post('/api/v1/auth/login', { email, password });
const tokenOf = async (email: string) => ({ authorization: `Bearer ${(await logIn(email)).json().accessToken}` });
const act = (verb: 'deactivate' | 'reactivate', id: string, headers: object) => shop.post(`/api/v1/users/${id}/${verb}`, {}, { ...headers });

async function person(...roles: string[]) {
  const email = `${randomUUID()}@example.org`;
  const { id } = (await shop.post('/api/v1/auth/register', { email, password, name: 'Ada' })).json() as { id: string };
  if (roles.length > 0) await shop.post(`/api/v1/users/${id}/roles`, { roles }, { ...(await tokenOf(owner.email)) });
  return { id, email, headers: await tokenOf(email) };
}
const me = async (headers: object) => (await shop.get('/api/v1/users/me', { ...headers })).json() as { id: string; status: string; roles: string[] };
const administrators = () =>
  shop.ask<{ n: number }>(`select count(*)::int as n from identity.users where 'admin' = any(roles) and status = 'active'`);

describe('a deactivated user', () => {
  it('signs in no more, in the words of a wrong password, until reactivated', async () => {
    const boss = await tokenOf(owner.email);
    const { id, email } = await person();
    const answer = await act('deactivate', id, boss);
    expect([answer.statusCode, answer.json(), answer.headers['etag']]).toEqual([
      200,
      { id, status: 'deactivated', roles: ['customer'], version: 2 },
      '"2"',
    ]);
    expect((await logIn(email)).json()).toEqual((await logIn('nobody@example.org')).json());
    expect((await act('deactivate', id, boss)).json()).toMatchObject({ status: 'deactivated', version: 2 });
    expect((await act('reactivate', id, boss)).json()).toEqual({ id, status: 'active', roles: ['customer'], version: 3 });
    expect((await logIn(email)).statusCode).toBe(200);
  });

  it('sees its status with a token given before, until that is refused a moment later', async () => {
    const { id, headers } = await person();
    await act('deactivate', id, await tokenOf(owner.email));
    expect(await me(headers)).toMatchObject({ id, status: 'deactivated', roles: ['customer'] });
    await shop.revocations.look();
    expect(await me(headers)).toMatchObject({ status: 401, code: 'auth.session-ended' });
  });

  it('keeps its email', async () => {
    const { id, email } = await person();
    await act('deactivate', id, await tokenOf(owner.email));
    const again = await shop.post('/api/v1/auth/register', { email, password, name: 'Ada' });
    expect([again.statusCode, again.json().code]).toEqual([409, 'identity.email-taken']);
  });

  it('is known to other contexts as inactive; strangers are not known at all', async () => {
    const [active, gone] = [await person(), await person()];
    await act('deactivate', gone.id, await tokenOf(owner.email));
    const found = await shop.app.get(Customers).find([active.id, gone.id, randomUUID(), 'no-uuid', "'"]);
    expect([...found.values()]).toEqual([
      { id: active.id, active: true },
      { id: gone.id, active: false },
    ]);
    expect(await shop.app.get(Customers).find(['no-uuid'])).toEqual(new Map());
  });

  it('is deactivated by administrators only', async () => {
    const [one, other] = [await person(), await person('analyst')];
    expect((await act('deactivate', one.id, other.headers)).statusCode).toBe(403);
    expect((await act('reactivate', one.id, other.headers)).statusCode).toBe(403);
    expect((await act('deactivate', 'nobody', await tokenOf(owner.email))).json()).toMatchObject({ status: 404, code: 'identity.user-not-found' });
  });

  it('is answered as the first time for the same Idempotency-Key', async () => {
    const { id } = await person();
    const headers = { ...(await tokenOf(owner.email)), 'idempotency-key': `deactivate-${id}` };
    const first = await act('deactivate', id, headers);
    await act('reactivate', id, await tokenOf(owner.email));
    const repeat = await act('deactivate', id, headers);
    expect([repeat.json(), repeat.headers['idempotent-replayed']]).toEqual([first.json(), 'true']);
    expect((await shop.ask<{ status: string }>(`select status from identity.users where id = '${id}'`))[0]).toEqual({ status: 'active' });
  });
});

describe('a token that says more than its account may do now', () => {
  it.each(['taken the role from', 'deactivated'])('does nothing that cannot be undone, of one who was %s', async (how) => {
    const boss = await tokenOf(owner.email);
    const [former, one, gone] = [await person('admin'), await person(), await person()];
    await act('deactivate', gone.id, boss);
    if (how === 'deactivated') await act('deactivate', former.id, boss);
    else await shop.app.inject({ method: 'PUT', url: `/api/v1/users/${former.id}/roles`, headers: boss, payload: { roles: ['customer'] } });
    const answers = [
      await shop.send('DELETE', `/api/v1/users/${one.id}`, former.headers),
      await shop.get(`/api/v1/users/${one.id}/data`, former.headers),
      await shop.post('/api/v1/admin/signing-keys/rotate', {}, former.headers),
      await act('deactivate', one.id, former.headers),
      await act('reactivate', gone.id, former.headers),
    ];
    const refusals = answers.map((answer) => [answer.statusCode, answer.json().code]);
    expect(refusals).toEqual(answers.map(() => [403, 'identity.privilege-escalation']));
    expect(await me(one.headers)).toMatchObject({ status: 'active' });
    expect((await shop.ask(`select 1 from identity.event where type = 'identity.SigningKeyRotated'`)).length).toBe(0);
  });
});

describe('the last administrator', () => {
  it('remains: nobody deactivates or reactivates themselves', async () => {
    const boss = await tokenOf(owner.email);
    const { id } = await me(boss);
    expect((await act('deactivate', id, boss)).json()).toMatchObject({ status: 409, code: 'identity.own-account' });
    const second = await person('admin');
    await act('deactivate', second.id, boss);
    expect((await act('reactivate', second.id, second.headers)).json()).toMatchObject({ status: 409, code: 'identity.own-account' });
    // With a token of the time before.
    expect((await act('deactivate', id, second.headers)).json()).toMatchObject({ status: 403, code: 'identity.privilege-escalation' });
    expect(await me(boss)).toMatchObject({ status: 'active' });
  });

  it('remains where all deactivate each other at the same time', async () => {
    const boss = { ...(await me(await tokenOf(owner.email))), headers: await tokenOf(owner.email) };
    for (let round = 0; round < 8; round++) {
      const others = [await person('admin'), await person('admin')];
      const ring = [boss, ...others];
      const answers = await Promise.all(ring.map(({ headers }, index) => act('deactivate', ring[(index + 1) % ring.length]!.id, headers)));
      const refused = answers.filter(({ statusCode }) => statusCode !== 200).map((answer) => answer.json().code);
      // By whom the others left, or by the time itself: whoever was deactivated first does nothing any more.
      expect([['identity.last-administrator'], ['identity.privilege-escalation']]).toContainEqual(refused);
      expect(await administrators()).toEqual([{ n: 1 }]);
      // Whoever remained gives the owner back to the shop, and goes.
      for (const { id, headers } of others) {
        await act('reactivate', boss.id, headers);
        await act('deactivate', id, boss.headers);
      }
      expect((await me(boss.headers)).status).toBe('active');
    }
  });

  it('of the environment is kept as it is, even deactivated', async () => {
    const boss = await me(await tokenOf(owner.email));
    const second = await person('admin');
    await act('deactivate', boss.id, second.headers);
    expect(await shop.app.get(FirstAdministrator).ensure(owner)).toBe('by-others');
    expect((await logIn(owner.email)).statusCode).toBe(401);
    await act('reactivate', boss.id, second.headers);
  });
});

it('met no error that nobody had thought of', () => expect(shop.logged).toEqual([]));
