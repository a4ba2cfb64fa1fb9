import { randomUUID } from 'node:crypto';
import { FirstAdministrator } from '@contexts/identity/src/commands/first-administrator.js';
import { identityApp, type IdentityAppUnderTest } from './identity-app.js';

export const password = 'correct horse battery';
export const owner = { email: 'owner@shop.example', password };
export const DAY = 86_400;

export interface SignedIn {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly refreshExpiresIn: number;
}

export let shop: IdentityAppUnderTest;
/** Each file of tests opens a shop of its own. */
export const openShop = async () => void (shop = await identityApp({ lockout: true }));

export const bearer = ({ accessToken }: SignedIn) => ({ authorization: `Bearer ${accessToken}` });
export const logIn = (email: string, secret = password, headers = {}) => shop.post('/api/v1/auth/login', { email, password: secret }, headers);
/** Who the test is about; each has its own. */
export let email = '';
export const signIn = async (as = email, headers = {}): Promise<SignedIn> => (await logIn(as, password, headers)).json();
export const refresh = (refreshToken: string) => shop.post('/api/v1/auth/refresh', { refreshToken });
export const refreshed = async (token: string): Promise<SignedIn> => {
  const answer = await refresh(token);
  expect([answer.statusCode, answer.json().code]).toEqual([200, undefined]);
  return answer.json();
};
export const refusal = async (token: string): Promise<string> => (await refresh(token)).json().code;
export const me = async (who: SignedIn) => shop.get('/api/v1/users/me', bearer(who));
export const sessionsOf = async (who: SignedIn) =>
  (await shop.get('/api/v1/users/me/sessions', bearer(who))).json().items as { id: string; current: boolean }[];
export const claimsOf = ({ accessToken }: SignedIn) => JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString());
export const events = async (type: string, { sub } = claimsOf(first)) =>
  (
    await shop.ask<{ data: string }>(
      `select data from identity.event where type = 'identity.${type}' and data like '%${sub}%' order by recorded_at, id`,
    )
  ).map(({ data }) => JSON.parse(data));

/** The first session of the test's user. */
export let first: SignedIn;
export async function ada(): Promise<SignedIn> {
  email = `${randomUUID()}@example.org`;
  const registered = await shop.post('/api/v1/auth/register', { email, password, name: 'Ada' });
  expect(registered.statusCode).toBe(201);
  return (first = await signIn());
}

export async function administrator(): Promise<SignedIn> {
  await shop.app.get(FirstAdministrator).ensure(owner);
  return signIn(owner.email);
}

/** Access tokens are refused once the process has looked at the revocations again. */
export async function untilRefused(who: SignedIn): Promise<void> {
  await shop.revocations.look();
  expect((await me(who)).json()).toMatchObject({ status: 401, code: 'auth.session-ended' });
}
