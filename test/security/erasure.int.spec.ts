import { randomUUID } from 'node:crypto';
import { Erasures } from '@contexts/identity/src/commands/erasures.js';
import { FirstAdministrator } from '@contexts/identity/src/commands/first-administrator.js';
import { Customers } from '@contexts/identity/src/contract/customers.js';
import type { Sealed } from '@kernel/ports/personal-data.js';
import { identityApp, type IdentityAppUnderTest } from '../e2e/identity-app.js';

const password = 'correct horse battery';
const owner = { email: 'owner@shop.example', password };

let shop: IdentityAppUnderTest;
beforeAll(async () => {
  shop = await identityApp();
  await shop.app.get(FirstAdministrator).ensure(owner);
});
afterAll(() => shop.close());

const logIn = (email: string) => shop.post('/api/v1/auth/login', { email, password });
const tokenOf = async (email: string) => ({ authorization: `Bearer ${(await logIn(email)).json().accessToken}` });
const erase = (who: string, headers: object, payload?: object) =>
  shop.app.inject({ method: 'DELETE', url: `/api/v1/users/${who}`, headers: { ...headers }, ...(payload && { payload }) });

async function person(...roles: string[]) {
  const email = `${randomUUID()}@example.org`;
  const { id } = (await shop.post('/api/v1/auth/register', { email, password, name: 'Ada' })).json() as { id: string };
  if (roles.length > 0) await shop.post(`/api/v1/users/${id}/roles`, { roles }, { ...(await tokenOf(owner.email)) });
  return { id, email, headers: await tokenOf(email) };
}
const keyOf = async (id: string) =>
  (
    await shop.ask<{ gone: boolean; fingerprint: string | null }>(
      `select wrapped_key is null as gone, left(encode(sha256(wrapped_key), 'hex'), 16) as fingerprint from identity.subject_key where subject = '${id}'`,
    )
  )[0];
const openSessionsOf = async (id: string) =>
  (await shop.ask(`select 1 from identity.session_credentials where user_id = '${id}' and ended_at is null`)).length;
const sealedEmailOf = async (id: string): Promise<Sealed> => {
  const [event] = await shop.ask<{ data: string }>(`select data from identity.event where stream_id = 'user-${id}' order by stream_version limit 1`);
  return (JSON.parse(event!.data) as { email: Sealed }).email;
};

describe('an erased user', () => {
  it('leaves a receipt, and no key, credential or email hash', async () => {
    const boss = await tokenOf(owner.email);
    const { id, email } = await person();
    const { fingerprint } = (await keyOf(id))!;
    const sealed = await sealedEmailOf(id);
    expect(await shop.personalData.open(sealed)).toBe(email);

    const answer = await erase(id, boss);
    expect(answer.statusCode).toBe(200);
    const receipt = answer.json();
    expect(receipt).toEqual({
      erasureId: expect.any(String),
      subject: id,
      erasedAt: expect.any(String),
      erasedBy: expect.any(String),
      key: { fingerprint, destroyedAt: receipt.erasedAt },
      events: { sealed: expect.any(Number) },
      sessionsEnded: expect.any(Number),
      remains: expect.any(Array),
    });
    expect(receipt.events.sealed).toBeGreaterThan(0);
    expect(await keyOf(id)).toEqual({ gone: true, fingerprint: null });
    // In this process, which had the key in its memory.
    expect(await shop.personalData.open(sealed)).toBeNull();
    await expect(shop.personalData.seal(id, 'again')).rejects.toMatchObject({ code: 'personal-data.subject-forgotten' });
    expect(await shop.ask(`select email_hash, status, roles from identity.users where id = '${id}'`)).toEqual([
      { email_hash: null, status: 'erased', roles: [] },
    ]);
    expect(await shop.ask(`select password_hash from identity.credential where user_id = '${id}'`)).toEqual([{ password_hash: null }]);
    expect(await shop.ask(`select subject from identity.revocations where subject = 'user:${id}'`)).toHaveLength(1);

    const [listed, one] = [
      await shop.get('/api/v1/admin/erasures?limit=1', { ...boss }),
      await shop.get(answer.headers['location'] as string, { ...boss }),
    ];
    expect(listed.json().items).toEqual([receipt]);
    expect(one.json()).toEqual(receipt);
  });

  it('signs in no more, in the words of an unknown email, and is a stranger to other contexts', async () => {
    const { id, email } = await person();
    await erase(id, await tokenOf(owner.email));
    const [gone, unknown] = [(await logIn(email)).json(), (await logIn('nobody@example.org')).json()];
    expect(gone).toEqual(unknown);
    expect((await shop.app.get(Customers).find([id])).get(id)).toEqual({ id, active: false });
  });

  it('may register again, as somebody else', async () => {
    const { id, email } = await person();
    await erase(id, await tokenOf(owner.email));
    const again = await shop.post('/api/v1/auth/register', { email, password, name: 'Ada' });
    expect([again.statusCode, again.json().id === id]).toEqual([201, false]);
  });

  it('is answered with the same receipt when erased again, also by many at once', async () => {
    const boss = await tokenOf(owner.email);
    const { id } = await person();
    const answers = await Promise.all(Array.from({ length: 6 }, () => erase(id, boss)));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(6).fill(200));
    expect(new Set(answers.map((answer) => answer.json().erasureId)).size).toBe(1);
    expect(await shop.ask(`select 1 from identity.event where stream_id = 'user-${id}' and type = 'identity.UserErased'`)).toHaveLength(1);
  });

  it('has no session left, also of those who sign in at the very moment', async () => {
    const boss = await tokenOf(owner.email);
    for (let round = 0; round < 5; round++) {
      const { id, email } = await person();
      expect(await openSessionsOf(id)).toBe(1);
      const [erased] = await Promise.all([erase(id, boss), ...Array.from({ length: 4 }, () => logIn(email))]);
      expect(erased.json()).toMatchObject({ subject: id });
      expect(await openSessionsOf(id)).toBe(0);
    }
  });

  it.each(['deactivate', 'reactivate'])('has nothing done to it any more: %s', async (verb) => {
    const boss = await tokenOf(owner.email);
    const { id } = await person();
    await erase(id, boss);
    expect((await shop.post(`/api/v1/users/${id}/${verb}`, {}, { ...boss })).json()).toMatchObject({ status: 409, code: 'identity.user-erased' });
  });
});

describe('who may erase', () => {
  it('is an administrator, not a customer or an analyst, and nobody erases a stranger', async () => {
    const [one, analyst] = [await person(), await person('analyst')];
    expect((await erase(one.id, analyst.headers)).statusCode).toBe(403);
    expect((await erase(one.id, {})).statusCode).toBe(401);
    expect((await shop.get('/api/v1/admin/erasures', { ...analyst.headers })).statusCode).toBe(403);
    const boss = await tokenOf(owner.email);
    expect((await erase(randomUUID(), boss)).json()).toMatchObject({ status: 404, code: 'identity.user-not-found' });
    expect((await erase("'", boss)).statusCode).toBe(404);
    expect((await shop.get(`/api/v1/admin/erasures/${randomUUID()}`, { ...boss })).json()).toMatchObject({ code: 'identity.erasure-not-found' });
  });

  it('is a person about the own account, with the password', async () => {
    const { id, headers } = await person();
    expect((await erase('me', headers, { password: 'not the password' })).json()).toMatchObject({ status: 403, code: 'identity.password-wrong' });
    expect((await erase('me', headers, {})).statusCode).toBe(400);
    expect(await keyOf(id)).toMatchObject({ gone: false });
    expect((await erase('me', headers, { password })).json()).toMatchObject({ subject: id, erasedBy: id });
    expect(await keyOf(id)).toMatchObject({ gone: true });
  });

  it('is never the last administrator about itself', async () => {
    const boss = await tokenOf(owner.email);
    const me = (await shop.get('/api/v1/users/me', { ...boss })).json() as { id: string };
    expect((await erase(me.id, boss)).json()).toMatchObject({ status: 409, code: 'identity.own-account' });
    expect((await erase('me', boss, { password })).json()).toMatchObject({ status: 409, code: 'identity.last-administrator' });
    expect(await keyOf(me.id)).toMatchObject({ gone: false });
    const second = await person('admin');
    expect((await erase(second.id, boss)).statusCode).toBe(200);
  });
});

describe('an erasure that a crash cut short after its transaction', () => {
  it('is completed at the next turn, and once', async () => {
    const { id, email } = await person();
    const sealed = await sealedEmailOf(id);
    expect(await shop.personalData.open(sealed)).toBe(email);
    // What the next step does first, and what a dead process never did.
    const forget = shop.personalData.forget.bind(shop.personalData);
    shop.personalData.forget = () => Promise.reject(new Error('killed'));
    const cut = await erase(id, await tokenOf(owner.email));
    shop.personalData.forget = forget;
    expect(cut.statusCode).toBe(500);
    shop.logged.length = 0;
    expect(await keyOf(id)).toMatchObject({ gone: true });
    expect(await shop.ask(`select 1 from identity.erasures where subject = '${id}' and completed_at is null`)).toHaveLength(1);

    expect(await openSessionsOf(id)).toBe(0);

    expect(await shop.app.get(Erasures).completePending()).toBe(1);
    expect(await shop.app.get(Erasures).completePending()).toBe(0);
    expect(await shop.personalData.open(sealed)).toBeNull();
    expect((await erase(id, await tokenOf(owner.email))).json()).toMatchObject({ subject: id });
  });
});

it('met no error that nobody had thought of', () => expect(shop.logged).toEqual([]));
