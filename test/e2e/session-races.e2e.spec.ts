import { jest } from '@jest/globals';
import type { Type } from '@nestjs/common';
import { Accounts } from '@contexts/identity/src/commands/accounts.js';
import { Sessions } from '@contexts/identity/src/commands/sessions.js';
import { permissionsOf } from '@contexts/identity/src/contract/roles.js';
import {
  ada,
  administrator,
  bearer,
  claimsOf,
  email,
  events,
  first,
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

describe('what happens in between', () => {
  afterEach(() => jest.restoreAllMocks());

  /** Has something happen after a method has answered and before its caller goes on, once. */
  function between<Service extends object>(service: Type<Service>, method: keyof Service & string, happening: () => Promise<unknown>): void {
    const target = shop.app.get(service) as Record<string, (...given: unknown[]) => Promise<unknown>>;
    const real = target[method]!.bind(target);
    jest.spyOn(target, method).mockImplementationOnce(async (...given) => {
      const result = await real(...given);
      await happening();
      return result;
    });
  }
  const deactivate = async () => shop.post(`/api/v1/users/${claimsOf(first).sub}/deactivate`, {}, bearer(await administrator()));
  const changePassword = () => shop.post('/api/v1/users/me/password', { currentPassword: password, newPassword: 'another password' }, bearer(first));

  it('lets nobody sign in who is deactivated while the password is compared', async () => {
    await ada();
    between(Accounts, 'byEmail', deactivate);
    expect((await logIn(email)).json()).toMatchObject({ status: 401, code: 'identity.credentials-invalid' });
    expect(await events('SessionStarted')).toHaveLength(1);
  });

  it('lets nobody sign in with a password that is changed while it is compared', async () => {
    await ada();
    between(Accounts, 'byEmail', changePassword);
    expect((await logIn(email)).json()).toMatchObject({ status: 401, code: 'identity.credentials-invalid' });
  });

  it('lets no session go on whose user is deactivated while it is refreshed', async () => {
    const { refreshToken } = await ada();
    between(Accounts, 'byId', deactivate);
    expect(await refusal(refreshToken)).toBe('auth.session-ended');
    expect(await events('SessionRefreshed')).toEqual([]);
  });

  it('says the roles that its user is given while it is refreshed', async () => {
    const { refreshToken } = await ada();
    const boss = bearer(await administrator());
    between(Accounts, 'byId', () => shop.post(`/api/v1/users/${claimsOf(first).sub}/roles`, { roles: ['analyst'] }, boss));
    expect(claimsOf(await refreshed(refreshToken)).roles).toEqual(['analyst', 'customer']);
    expect(await events('SessionRefreshed')).toHaveLength(1);
  });

  it('ends a session that is started with the old password while all others are ended', async () => {
    await ada();
    let late: SignedIn | undefined;
    between(Sessions, 'endings', async () => void (late = await signIn()));
    expect((await changePassword()).statusCode).toBe(204);
    expect(await refusal(late!.refreshToken)).toBe('auth.session-ended');
    expect(await events('SessionEnded')).toMatchObject([{ sessionId: claimsOf(late!).sid, reason: 'password-changed' }]);
    await refreshed(first.refreshToken);
  });

  it('ends the access token of such a session as well, and not the one that changed the password', async () => {
    await ada();
    let late: SignedIn | undefined;
    between(Sessions, 'endings', async () => void (late = await signIn()));
    expect((await changePassword()).statusCode).toBe(204);
    await untilRefused(late!);
    expect((await me(first)).statusCode).toBe(200);
  });

  it('erases nobody who comes to hold more than whoever erases, while that is done', async () => {
    const boss = bearer(await administrator());
    const name = 'eraser';
    const made = await shop.app.inject({
      method: 'PUT',
      url: `/api/v1/admin/roles/${name}`,
      headers: boss,
      payload: { permissions: [...permissionsOf(['customer']), 'users:erase'] },
    });
    expect(made.statusCode).toBe(201);
    const grant = (id: string, role: string) => shop.post(`/api/v1/users/${id}/roles`, { roles: [role] }, boss);
    await ada();
    await grant(claimsOf(first).sub, name);
    const eraser = await signIn();
    const target = claimsOf(await ada()).sub as string;
    between(Sessions, 'endings', () => grant(target, 'admin'));
    expect((await shop.send('DELETE', `/api/v1/users/${target}`, bearer(eraser))).json()).toMatchObject({
      status: 403,
      code: 'identity.privilege-escalation',
    });
    expect(await events('UserErased')).toEqual([]);
  });

  it('keeps the session that changes the password, also where it is refreshed meanwhile', async () => {
    const { refreshToken } = await ada();
    let next: SignedIn | undefined;
    between(Sessions, 'keep', async () => void (next = await refreshed(refreshToken)));
    expect((await changePassword()).statusCode).toBe(204);
    await refreshed(next!.refreshToken);
  });

  it('ends a session that is refreshed while its user logs out', async () => {
    const { refreshToken } = await ada();
    let next: SignedIn | undefined;
    between(Sessions, 'credential', async () => void (next = await refreshed(refreshToken)));
    expect((await shop.post('/api/v1/auth/logout', {}, bearer(first))).statusCode).toBe(204);
    expect(await refusal(next!.refreshToken)).toBe('auth.session-ended');
  });
});

it('met no error that nobody had thought of', () => expect(shop.logged).toEqual([]));
