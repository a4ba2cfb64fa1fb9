import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { renderGateway } from '../../deploy/nginx/render.mjs';
import { nginxProblem } from '../../scripts/engines/nginx.mjs';
import { GatewayStubs, type Service } from '../support/gateway-stubs.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/;

/** Each process' own: whoever operates it asks it directly. */
const OWN = ['/livez', '/readyz', '/metrics'];

/** Which service answers a path of the API, said once more and in another way than nginx' locations say it. */
const serviceOf = (path: string): Service => {
  if (/popular|analytics|audit|read-models/.test(path)) return 'query';
  if (/^\/api\/v1\/(products|admin\/cache)/.test(path)) return 'catalog';
  if (/^\/api\/v1\/(orders|payments|import|admin\/sagas)/.test(path)) return 'ordering';
  if (/^\/(\.well-known|api\/v1\/(auth|users|admin\/(roles|permissions|erasures|signing-keys)))/.test(path)) return 'identity';
  const context = /^\/api\/v1\/dead-letters\/([^/]+)/.exec(path)?.[1];
  return context === '{context}' ? 'identity' : (context as Service);
};

const document = JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/api/openapi.json'), 'utf8')) as { paths: Record<string, object> };
const paths = Object.keys(document.paths).filter((path) => !OWN.includes(path));
const concrete = (path: string): string => path.replaceAll('{context}', 'identity').replaceAll(/\{\w+\}/g, 'x1');

let stubs: GatewayStubs;
const gateway: GatewayStubs['run'] = (options, work) => stubs.run(options, work);
beforeAll(async () => {
  stubs = await GatewayStubs.start();
});
beforeEach(() => stubs.forget());
afterAll(() => stubs.close());

it('has a way for every path of the API, to the service that answers it', async () => {
  expect(paths.length).toBeGreaterThan(50);
  await gateway({}, async (url) => {
    const answered = await Promise.all(paths.map(async (path) => [path, await (await fetch(`${url}${concrete(path)}`)).text()]));
    expect(answered).toEqual(paths.map((path) => [path, serviceOf(path)]));
  });
});

it.each(['identity', 'catalog', 'ordering'])('leads to the dead letters of %s', (context) =>
  gateway({}, async (url) => {
    for (const path of ['', '?limit=2', '/5', '/5/retry'])
      expect(await (await fetch(`${url}/api/v1/dead-letters/${context}${path}`)).text()).toBe(context);
  }),
);

it('has no way to what a process says of itself, however the path is written', () =>
  gateway({}, async (url) => {
    const { hostname, port } = new URL(url);
    const climbs = ['/../../../metrics', '/%2e%2e/%2e%2e/%2e%2e/metrics', '/..%2f..%2f..%2fmetrics'].map((way) => `/api/v1/products${way}`);
    for (const path of [...OWN, '//metrics', '/METRICS', '/%6detrics', '/metrics#/../api/v1/products', ...climbs, '/']) {
      // fetch would tidy the path up.
      const { request } = await import('node:http');
      const status = await new Promise((resolve) => request({ hostname, port, path }, (answer) => resolve(answer.resume().statusCode)).end());
      expect([path, status]).toEqual([path, 404]);
    }
    expect(stubs.seen).toEqual([]);
    const unknown = await fetch(`${url}/api/v2/orders`);
    expect(unknown.headers.get('content-type')).toBe('application/problem+json');
    expect(await unknown.json()).toMatchObject({ status: 404, code: 'route.unknown' });
    expect(await (await fetch(`${url}/gateway/health`)).text()).toBe('ok\n');
  }));

it.each(['/api/v1/payments', '/api/v1/import', '/.well-known'])('leads %s on as it is, with its last slash and without', (path) =>
  gateway({}, async (url) => {
    const asked = [path, `${path}/`];
    const answers = await Promise.all(asked.map((each) => fetch(`${url}${each}`, { redirect: 'manual' })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(stubs.seen.map((each) => each.url).toSorted()).toEqual(asked);
  }),
);

/** What comes back for bytes that fetch would not send. */
async function raw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.end(bytes);
  const chunks = await socket.toArray();
  return Buffer.concat(chunks as Buffer[]).toString();
}

it.each<[string, number, string, string]>([
  ['no request', 400, 'request.malformed', 'GET /api/v1/orders HTTP/1.1\r\n\r\n'],
  ['no line of one', 400, 'request.malformed', 'rubbish\r\n\r\n'],
  ['a method that nobody takes', 405, 'method.not-allowed', 'TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
  ['a long address', 414, 'request.address-too-long', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`],
  ['long headers', 431, 'request.headers-too-large', `GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`],
])('refuses %s with a problem as every other', (_, status, code, bytes) =>
  gateway({}, async (url) => {
    const [head = '', body = ''] = (await raw(url, bytes)).split('\r\n\r\n');
    expect(head).toContain(`HTTP/1.1 ${status} `);
    expect(head).toContain('Content-Type: application/problem+json');
    expect(head).toMatch(/X-Request-Id: [-0-9a-f]{36}/);
    expect(JSON.parse(body)).toMatchObject({ status, code });
  }),
);

it('tells the service who asks, and under which id', () =>
  gateway({}, async (url) => {
    const id = '7b0c6a52-7d9b-4c7f-8f07-1d6f7d5a9a10';
    await fetch(`${url}/api/v1/orders?limit=1`, {
      headers: { 'x-request-id': id, 'x-forwarded-for': '10.1.2.3', 'x-forwarded-host': 'evil', traceparent: '00-1-2-01' },
    });
    await fetch(`${url}/api/v1/orders`, { headers: { 'x-request-id': 'a b; drop' } });
    expect(stubs.seen[0]).toMatchObject({
      url: '/api/v1/orders?limit=1',
      headers: { 'x-request-id': id, 'x-forwarded-for': '127.0.0.1', traceparent: '00-1-2-01' },
    });
    expect(stubs.seen[0]!.headers).not.toHaveProperty('x-forwarded-host');
    expect(stubs.seen[1]!.headers['x-request-id']).toMatch(UUID);
  }));

it('sends on what is streamed as it comes', async () => {
  let finish: () => void = () => undefined;
  stubs.handler = (_, response) => {
    response.write('first');
    finish = () => response.end('last');
  };
  await gateway({}, async (url) => {
    for (const path of ['/api/v1/analytics/sales', '/api/v1/users/me/data', '/api/v1/admin/audit-trail']) {
      const reader = (await fetch(`${url}${path}`)).body!.getReader();
      // The answer has no end yet.
      expect(Buffer.from((await reader.read()).value!).toString()).toBe('first');
      finish();
      expect(Buffer.from((await reader.read()).value!).toString()).toBe('last');
    }
  });
});

it('refuses a body that no service would take, and an address that asks too often', async () => {
  await gateway({}, async (url) => {
    const large = await fetch(`${url}/api/v1/import/batch`, { method: 'POST', body: Buffer.alloc((9 << 20) + 1) });
    expect([large.status, (await large.json()) as object]).toEqual([413, expect.objectContaining({ code: 'request.too-large' })]);
    expect((await fetch(`${url}/api/v1/import/batch`, { method: 'POST', body: Buffer.alloc(8 << 20) })).status).toBe(200);
    // Strangers could fill its disk with bodies that nobody else takes.
    expect((await fetch(`${url}/api/v1/auth/login`, { method: 'POST', body: Buffer.alloc((128 << 10) + 1) })).status).toBe(413);
    expect((await fetch(`${url}/api/v1/orders`, { method: 'POST', body: Buffer.alloc(64 << 10) })).status).toBe(200);
  });
  await gateway({ rate: 1, burst: 3 }, async (url) => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => fetch(`${url}/api/v1/products`)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(7);
    expect([refused[0]!.headers.get('retry-after'), await refused[0]!.json()]).toEqual([
      '1',
      expect.objectContaining({ code: 'rate-limit.exceeded' }),
    ]);
    // The health of the gateway itself is asked often.
    expect((await fetch(`${url}/gateway/health`)).status).toBe(200);
  });
});

it('writes neither queries nor credentials into its logs', () =>
  gateway({ accessLog: join(stubs.directory, 'access.log'), rate: 1, burst: 1 }, async (url) => {
    const ask = () => fetch(`${url}/api/v1/products?search=whoever`, { headers: { authorization: 'Bearer secret' } });
    await ask();
    // What nginx has to complain of: services that break off, and callers beyond their limit.
    stubs.handler = (request) => void request.socket.destroy();
    const statuses = await Promise.all([ask(), ask(), ask()]).then((answers) => answers.map(({ status }) => status).sort());
    expect(statuses).toEqual(expect.arrayContaining([429, 503]));
    const [line] = readFileSync(join(stubs.directory, 'access.log'), 'utf8').trim().split('\n');
    expect(JSON.parse(line!)).toMatchObject({ path: '/api/v1/products', status: 200, service: 'catalog' });
    const logs = readdirSync(stubs.directory, { recursive: true }).map((file) => join(stubs.directory, String(file)));
    for (const log of logs.filter((file) => file.endsWith('.log')))
      expect([log, readFileSync(log, 'utf8')]).toEqual([log, expect.not.stringMatching(/whoever|secret/)]);
  }));

it('speaks TLS where it has a certificate', async () => {
  const [certificate, key] = [join(stubs.directory, 'cert.pem'), join(stubs.directory, 'key.pem')];
  const subject = ['-subj', '/CN=localhost', '-days', '1', '-keyout', key, '-out', certificate];
  expect(spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', ...subject]).status).toBe(0);
  await gateway({ tls: { certificate, key } }, async (url) => {
    const { port } = new URL(url);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      httpsRequest({ host: 'localhost', port, path: '/api/v1/products', ca: readFileSync(certificate) }, resolve)
        .once('error', reject)
        .end();
    });
    expect([answer.statusCode, stubs.seen.at(-1)!.headers['x-forwarded-proto']]).toEqual([200, 'https']);
  });
});

it('is refused by nginx -t where it is wrong, and not where it is right', () => {
  const config = join(stubs.directory, 'nginx.conf');
  const right = renderGateway({ listen: '127.0.0.1:1', tmp: stubs.directory, services: stubs.services });
  writeFileSync(config, right);
  expect(nginxProblem({ dir: stubs.directory, config })).toBeUndefined();
  writeFileSync(config, right.replace('proxy_pass http://query;', 'proxy_pas http://query;'));
  expect(nginxProblem({ dir: stubs.directory, config })).toContain('unknown directive "proxy_pas"');
});
