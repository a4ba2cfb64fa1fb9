import { randomUUID } from 'node:crypto';
import { FirstAdministrator } from '@contexts/identity/src/commands/first-administrator.js';
import { DEFAULT_RATE_LIMITS } from '@adapters/runtime/src/auth/rate-limits.js';
import { eventually } from '@testing/eventually.js';
import { TestRedis } from '@testing/redis-server.js';
import { createClient } from '@redis/client';
import { identityApp, type IdentityAppUnderTest } from '../e2e/identity-app.js';
import { plantsIn, plantsInPostgres } from '../support/planted.js';

const password = 'a planted passphrase';
const owner = { email: 'owner@shop.example', password: 'correct horse battery' };
const STRANGERS = 10;
/** Longest that a token, or a key in memory, outlives what ended it elsewhere, ms; the machine may be busy beside it. */
const SOON_MS = 3_000;

/** Two processes of one shop, as far as they share: one database, one Redis, and the usual time between two looks for what was revoked. */
let redis: TestRedis;
let here: IdentityAppUnderTest;
let there: IdentityAppUnderTest;
beforeAll(async () => {
  redis = await TestRedis.start();
  const rateLimits = { ...DEFAULT_RATE_LIMITS, stranger: { points: STRANGERS, durationSeconds: 900 }, 'sign-in': null };
  const [settings, options] = [
    { rateLimit: true, lockout: true, rateLimits },
    { redisUrl: redis.url, revocationsMs: 500 },
  ];
  here = await identityApp(settings, options);
  there = await identityApp(settings, { ...options, beside: here });
  await here.app.get(FirstAdministrator).ensure(owner);
});
afterAll(async () => {
  await there?.close();
  await here?.close();
  await redis?.drop();
});

interface Asked {
  readonly token?: string;
  readonly body?: object;
  /** Of the caller; each has another where it is left out, and so a limit of its own. */
  readonly address?: string;
}
let addresses = 0;
const newAddress = () => `10.0.${Math.floor(++addresses / 250)}.${1 + (addresses % 250)}`;

async function ask(process: IdentityAppUnderTest, method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, asked: Asked = {}) {
  const { token, body, address = newAddress() } = asked;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await process.app.inject({ method, url: `/api/v1${path}`, headers, remoteAddress: address, ...(body && { payload: body }) });
  const json = (answer.body ? answer.json() : {}) as Record<string, string>;
  return { status: answer.statusCode, code: json['code'], json, text: answer.body, headers: answer.headers };
}

interface Session {
  readonly accessToken: string;
  readonly refreshToken: string;
}
interface Credentials {
  readonly email: string;
  readonly password: string;
}
const logIn = (process: IdentityAppUnderTest, { email, password: secret }: Credentials, address?: string) =>
  ask(process, 'POST', '/auth/login', { body: { email, password: secret }, ...(address && { address }) });
async function signIn(process: IdentityAppUnderTest, credentials: Credentials): Promise<Session> {
  const { status, json } = await logIn(process, credentials);
  expect(status).toBe(200);
  return json as unknown as Session;
}

/** Somebody new, whom this process registered. */
async function person(process: IdentityAppUnderTest, name = 'Ada Lovelace') {
  const credentials = { email: `${randomUUID()}@shop.example`, password };
  const { json } = await ask(process, 'POST', '/auth/register', { body: { ...credentials, name } });
  return { ...credentials, name, id: json['id']! };
}

/** Every key of Redis and everything in it, whatever its type. */
async function inRedis(): Promise<string> {
  const client = await createClient({ url: redis.url }).connect();
  try {
    const keys = await client.keys('*');
    const values = await Promise.all(
      keys.map(async (key) => ((await client.type(key)) === 'string' ? client.get(key) : JSON.stringify(await client.sendCommand(['DUMP', key])))),
    );
    return JSON.stringify([keys, values]);
  } finally {
    client.destroy();
  }
}

const refreshOn = (process: IdentityAppUnderTest, refreshToken: string) => ask(process, 'POST', '/auth/refresh', { body: { refreshToken } });
const me = (process: IdentityAppUnderTest, { accessToken: token }: Session) => ask(process, 'GET', '/users/me', { token });

describe('a person whom both processes keep in their caches', () => {
  it('is shown by neither once one of them has erased them, nor by Redis', async () => {
    const quixote = await person(here, 'Zuleika Quixotesdottir');
    const plants = [quixote.email, quixote.name, 'quixotesdottir', password];
    const [one, other] = [await signIn(here, quixote), await signIn(there, quixote)];
    const boss = (await signIn(there, owner)).accessToken;
    const shows = async () => {
      const paths = ['/users', `/users/${quixote.id}`, `/users/${quixote.id}/data`];
      const answers = [here, there].flatMap((process) => paths.map((path) => ask(process, 'GET', path, { token: boss })));
      const own = [here, there].flatMap((process) => [me(process, one), me(process, other)]);
      return plantsIn((await Promise.all([...answers, ...own])).map(({ text }) => text).join(), plants);
    };
    expect(await shows()).toEqual([quixote.email, quixote.name, 'quixotesdottir']);
    expect(await inRedis()).toContain(`identity:profile:${quixote.id}`);

    expect((await ask(here, 'DELETE', `/users/${quixote.id}`, { token: boss })).status).toBe(200);
    // What answered may go on for as long as a token does, and that is all.
    await eventually(async () => expect(await shows()).toEqual([]), SOON_MS);
    await eventually(async () => {
      for (const session of [one, other])
        for (const process of [here, there]) expect(await me(process, session)).toMatchObject({ status: 401, code: 'auth.session-ended' });
    }, SOON_MS);
    for (const process of [here, there]) {
      expect((await ask(process, 'GET', `/users/${quixote.id}`, { token: boss })).json).toMatchObject({ email: null, name: null, status: 'erased' });
      expect((await logIn(process, quixote)).code).toBe('identity.credentials-invalid');
      expect((await refreshOn(process, one.refreshToken)).status).toBe(401);
    }
    expect(plantsIn(await inRedis(), plants)).toEqual([]);
    expect((await plantsInPostgres(here.shared.server.url, plants)).found).toEqual([]);
    expect(await shows()).toEqual([]);
  });

  it('would be found in Redis: what is in the clear there is', async () => {
    const ada = await person(here);
    await me(there, await signIn(there, ada));
    await eventually(async () => expect(plantsIn(await inRedis(), [ada.id])).toEqual([ada.id]));
  });

  it('is as one of them changed it, in both, at once', async () => {
    const ada = await person(here);
    const session = await signIn(here, ada);
    for (const name of ['Ada King', 'Ada Byron', 'Countess']) {
      for (const process of [here, there]) await me(process, session);
      expect((await ask(here, 'PATCH', '/users/me', { token: session.accessToken, body: { name } })).status).toBe(200);
      expect((await me(there, session)).json['name']).toBe(name);
    }
  });
});

describe('a session that two processes serve', () => {
  it('is ended in both by a refresh token that comes back to the other', async () => {
    const ada = await person(here);
    const first = await signIn(here, ada);
    const second = (await refreshOn(there, first.refreshToken)).json as unknown as Session;
    const third = (await refreshOn(here, second.refreshToken)).json as unknown as Session;
    expect((await refreshOn(there, first.refreshToken)).code).toBe('identity.refresh-token-reused');
    for (const process of [here, there]) expect((await refreshOn(process, third.refreshToken)).code).toBe('auth.session-ended');
    await eventually(async () => {
      for (const process of [here, there]) expect((await me(process, third)).code).toBe('auth.session-ended');
    }, SOON_MS);
  });

  it('has one successor where both are asked for it at once', async () => {
    const { refreshToken } = await signIn(here, await person(here));
    const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => refreshOn(index % 2 ? here : there, refreshToken)));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(new Set(answers.map(({ json }) => json['refreshToken'])).size).toBe(1);
  });

  it('is ended in the other by a log-out in one', async () => {
    const session = await signIn(here, await person(here));
    expect((await me(there, session)).status).toBe(200);
    expect((await ask(here, 'POST', '/auth/logout', { token: session.accessToken, body: {} })).status).toBe(204);
    expect((await refreshOn(there, session.refreshToken)).status).toBe(401);
    await eventually(async () => expect((await me(there, session)).code).toBe('auth.session-ended'), SOON_MS);
  });
});

describe('what is counted', () => {
  it('counts in both together for the limit of requests', async () => {
    const address = '192.0.2.1';
    const left = [];
    for (let n = 0; n < STRANGERS; n++) left.push((await ask(n % 2 ? here : there, 'GET', '/users/me', { address })).headers['ratelimit-remaining']);
    expect(left).toEqual(Array.from({ length: STRANGERS }, (_, n) => String(STRANGERS - 1 - n)));
    for (const process of [here, there]) {
      const limited = await ask(process, 'GET', '/users/me', { address });
      expect([limited.status, limited.code, limited.json['limit']]).toEqual([429, 'rate-limit.exceeded', 'stranger']);
    }
  });

  it('counts in both together for the lock-out', async () => {
    const { email } = await person(here);
    const wrong = (process: IdentityAppUnderTest) => logIn(process, { email, password: 'a wrong one' }, '192.0.2.2');
    for (const process of [here, there, here, there, here, there]) expect((await wrong(process)).code).toBe('identity.credentials-invalid');
    // The sixth let through began a delay, which holds wherever the next one comes.
    for (const process of [here, there]) expect(await wrong(process)).toMatchObject({ status: 429, code: 'identity.sign-in-locked' });
  });
});

it('met no error that nobody had thought of', () => expect([here.logged, there.logged]).toEqual([[], []]));
