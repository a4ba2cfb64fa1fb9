import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '@adapters/runtime/src/embedded/process-info.js';
import { eventually } from '@testing/eventually.js';
import { startServer, type TestServer } from '@testing/server.js';

const postmasterOf = ({ dataDir }: TestServer): number =>
  Number(readFileSync(join(dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
const json = async (url: string) => (await fetch(url)).json() as Promise<Record<string, never>>;

describe('a server', () => {
  let server: TestServer;
  beforeAll(async () => (server = await startServer({ env: { ADMIN_PASSWORD: undefined } })));
  afterAll(() => server?.dispose());

  it('says that it lives, and that every engine and context is ready', async () => {
    expect(await json(`${server.url}/livez`)).toEqual({ status: 'alive' });
    const ready = await fetch(`${server.url}/readyz`);
    expect(ready.status).toBe(200);
    const watermark = { position: expect.any(Number), head: expect.any(Number), lagMs: expect.any(Number) };
    expect(await ready.json()).toEqual({
      status: 'ready',
      engines: { postgres: { status: 'up', ms: expect.any(Number) }, clickhouse: { status: 'up', ms: expect.any(Number) } },
      watermarks: { identity: watermark, catalog: watermark, ordering: watermark },
    });
  });

  it('publishes metrics of HTTP, appends, the sequencer and landing', async () => {
    await json(`${server.url}/livez`);
    const answer = await fetch(`${server.url}/metrics`);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const text = await answer.text();
    expect(text).not.toContain(hostname());
    expect(text).toMatch(/^http_server_request_duration_count\{.*http_route="\/livez".*\} [1-9]/m);
    // The administrator's registration lands within moments of the start, not before its first answer.
    await eventually(async () => {
      const now = await (await fetch(`${server.url}/metrics`)).text();
      for (const metric of ['nebulocart_appended_events', 'nebulocart_sequenced_events', 'nebulocart_landing_rows', 'nebulocart_watermark_lag']) {
        expect(now).toContain(metric);
      }
    });
  });

  it('describes its API as OpenAPI 3.1', async () => {
    const document = await json(`${server.url}/docs-json`);
    expect(document['openapi']).toMatch(/^3\.1\./);
    const paths = Object.keys(document['paths']!);
    for (const path of ['/api/v1/orders', '/api/v1/products', '/api/v1/auth/login', '/livez', '/readyz', '/metrics']) expect(paths).toContain(path);
    expect((await fetch(`${server.url}/docs`)).status).toBe(200);
  });

  /** What a person reads comes a moment after the line that says that it is ready. */
  const told = (text: string) => eventually(() => expect(server.output()).toContain(text));

  it('makes a password for the administrator, shows it once and keeps it for its owner alone', async () => {
    const file = join(server.dataDir, 'admin-password');
    const password = readFileSync(file, 'utf8').trim();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(server.output().split(password)).toHaveLength(2);
    const signedIn = await fetch(`${server.url}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: server.adminEmail, password }),
    });
    expect(signedIn.status).toBe(200);
    await server.restart();
    await told(`Admin   ${server.adminEmail}, password as before: in ${file}`);
    expect(server.output()).not.toContain(password);
  });

  it('names no administrator that the shop does not have, and leaves no password that nobody has', async () => {
    const file = join(server.dataDir, 'admin-password');
    const password = readFileSync(file, 'utf8');
    try {
      await server.restart({ ADMIN_EMAIL: 'other@shop.example', ADMIN_PASSWORD: 'another password' });
      await told('Admin   others, as before: other@shop.example (ADMIN_EMAIL) is no active administrator');
      rmSync(file);
      await server.restart();
      await told(`Admin   ${server.adminEmail}, password as before\n`);
      expect(existsSync(file)).toBe(false);
    } finally {
      writeFileSync(file, password, { mode: 0o600 });
    }
  });

  it('keeps its secrets from everybody else', () => {
    for (const secret of ['jwt-private-key.pem', 'master-key', 'postgres-password', 'postgres-superuser-password']) {
      expect(statSync(join(server.dataDir, 'secrets', secret)).mode & 0o777).toBe(0o600);
    }
  });
});

describe('a server that ends', () => {
  let server: TestServer;
  beforeAll(async () => (server = await startServer()));
  afterAll(() => server?.dispose());

  it.each(['SIGINT', 'SIGTERM'] as const)('by %s leaves no process and no lock, and goes on where it was', async (signal) => {
    const [{ pid }, postmaster] = [server, postmasterOf(server)];
    expect(await server.stop(signal)).toBe(0);
    expect([isAlive(pid), isAlive(postmaster)]).toEqual([false, false]);
    expect(existsSync(join(server.dataDir, 'lock'))).toBe(false);
    await server.restart();
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });

  it('takes the second of two signals that come at once for the same Ctrl-C, as npm passes it on', async () => {
    const ended = server.stop('SIGINT');
    process.kill(server.pid, 'SIGINT');
    expect(await ended).toBe(0);
    await server.restart();
  });

  it('by kill -9 leaves a database that the next start takes over', async () => {
    const postmaster = postmasterOf(server);
    await server.kill9();
    expect(isAlive(postmaster)).toBe(true);
    await server.restart();
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    const adopted = postmasterOf(server);
    expect(await server.stop()).toBe(0);
    expect([isAlive(postmaster), isAlive(adopted)]).toEqual([false, false]);
  });

  it('by kill -9 of its database too recovers at the next start', async () => {
    await server.restart();
    process.kill(postmasterOf(server), 'SIGKILL');
    await server.kill9();
    await sleep(200);
    await server.restart();
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });

  it('answers the request in hand before it goes', async () => {
    const body = JSON.stringify({ email: server.adminEmail, password: server.adminPassword });
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const inHand = request(`${server.url}/api/v1/auth/login`, { method: 'POST', headers });
    const answered = once(inHand, 'response');
    inHand.write(body.slice(0, 10));
    await sleep(300);
    const ended = server.stop();
    await sleep(300);
    await expect(fetch(`${server.url}/livez`)).rejects.toThrow();
    inHand.end(body.slice(10));
    const [response] = (await answered) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    expect(await ended).toBe(0);
  });
});
