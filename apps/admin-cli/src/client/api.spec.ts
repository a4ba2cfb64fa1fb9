import { setTimeout as pause } from 'node:timers/promises';
import { FakeImportServer, json } from '../../../../test/support/fake-import-server.js';
import { importHistory } from '@api-client/sdk.gen.js';
import { Api, type ApiOptions } from './api.js';

let server: FakeImportServer;
const apiWith = (options: Partial<ApiOptions> = {}) =>
  new Api({ url: server.url, credentials: () => Promise.resolve({ email: 'a@b.c', password: 'right' }), retrySeconds: 5, ...options });
const post = (api: Api) => api.ask((client) => importHistory({ client, body: { commands: [] } }));

describe('Api', () => {
  beforeEach(() => {
    server = new FakeImportServer();
    return server.start();
  });
  afterEach(() => server.stop());

  it('signs in once for requests that run at the same time', async () => {
    const api = apiWith();
    const answers = await Promise.all([post(api), post(api)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(server.signIns).toBe(1);
  });

  it('leaves no session open', async () => {
    const ended: (string | undefined)[] = [];
    server.interfere = ({ url, headers }, response) =>
      url === '/api/v1/auth/logout' && (ended.push(headers.authorization), json(response, 204, {}), true);
    await Api.logOutAll();
    ended.length = 0;
    await Promise.all([post(apiWith()), post(apiWith())]);
    await Api.logOutAll();
    await Api.logOutAll();
    expect(ended.toSorted()).toEqual(['Bearer t1', 'Bearer t2']);
    // A server that is away keeps nobody from ending.
    await post(apiWith());
    await server.stop();
    await expect(Api.logOutAll()).resolves.toBeUndefined();
  });

  it('signs in again when its token has run out', async () => {
    server.interfere = ({ headers }, response) => headers.authorization === 'Bearer t1' && (json(response, 401, {}), true);
    expect((await post(apiWith())).status).toBe(200);
    expect(server.signIns).toBe(2);
  });

  it('says who may not sign in, and who lacks the right', async () => {
    await expect(post(apiWith({ credentials: () => Promise.resolve({ email: 'a@b.c', password: 'wrong' }) }))).rejects.toThrow(
      'refuses to sign in a@b.c: Email or password is wrong. Check ADMIN_EMAIL',
    );
    server.interfere = ({ url }, response) => url !== '/api/v1/auth/login' && (json(response, 403, { detail: 'Needs orders:import' }), true);
    await expect(post(apiWith())).rejects.toThrow('Needs orders:import');
  });

  it('does not try for ever with tokens that the server gives and does not take', async () => {
    server.interfere = ({ url }, response) => url !== '/api/v1/auth/login' && (json(response, 401, { title: 'Unauthorized' }), true);
    await expect(post(apiWith())).rejects.toThrow('does not accept its own token');
  });

  it('waits for a server that is away, and says so once', async () => {
    const said: (string | undefined)[] = [];
    const api = apiWith({ onOutage: (reason) => said.push(reason) });
    await post(api);
    await server.stop();
    const answer = post(api);
    await pause(400);
    await server.start();
    expect((await answer).status).toBe(200);
    expect(said).toHaveLength(2);
    expect(said[1]).toBeUndefined();
  });

  it('repeats what failed on the server and waits as long as it is asked to', async () => {
    let left = 2;
    server.interfere = ({ url }, response) => url !== '/api/v1/auth/login' && left-- > 0 && (json(response, 503, {}, { 'retry-after': '0' }), true);
    expect((await post(apiWith())).status).toBe(200);
  });

  it('gives up in the end', async () => {
    await server.stop();
    await expect(post(apiWith({ retrySeconds: 0 }))).rejects.toThrow(
      `No good answer from ${server.url} for 0 s (ECONNREFUSED). Is it running there?`,
    );
  });
});
