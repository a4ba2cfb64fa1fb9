import { Logger } from '@nestjs/common';
import { PersonalData } from '@kernel/ports/personal-data.js';
import { Passwords } from '@adapters/runtime/src/auth/index.js';
import { eventually } from '@testing/eventually.js';
import { plantsIn } from '../support/planted.js';
import { spanCollector } from '../support/span-collector.js';
import { wholeApp, type WholeApp } from '../support/whole-app.js';

const name = 'Wilhelmina Planted-Ashcombe';
const email = 'wilhelmina.ashcombe@planted.example';
const password = 'planted passphrase 81';
const wrongPassword = 'another planted phrase';
const key = 'planted-idempotency-key-77'; // gitleaks:allow
/** What a client can send, as it must not be found; tokens are added once they are issued. */
const plants = [name, email, password, wrongPassword, 'ashcombe', key];

let collector: Awaited<ReturnType<typeof spanCollector>>;
let shop: WholeApp;
const environment = { ...process.env };
beforeAll(async () => {
  collector = await spanCollector();
  Object.assign(process.env, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '50' });
  shop = await wholeApp({ otlpEndpoint: collector.url, logLevel: 'trace' });
});
let isOpen = true;
const close = async (): Promise<void> => {
  if (!isOpen) return;
  isOpen = false;
  await shop?.close();
};
afterAll(async () => {
  await close();
  collector.close();
  process.env = environment;
});

interface Sent {
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  /** Sent as it is. */
  readonly text?: string;
}
const requestIds: string[] = [];
async function send(method: string, path: string, { headers = {}, body, text }: Sent = {}) {
  const payload = text ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(`${shop.url}${path}`, {
    method,
    headers: { ...(payload !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(payload !== undefined && { body: payload }),
  });
  const requestId = response.headers.get('x-request-id');
  if (requestId) requestIds.push(requestId);
  const answered = await response.text();
  return { status: response.status, requestId, answered, json: <Body>() => JSON.parse(answered) as Body };
}
const logged = (requestId: string | null) =>
  shop.lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line['requestId'] === requestId);

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('what clients send', () => {
  let access: string;

  it('is sent in every place, and answered as it should be', async () => {
    expect((await send('POST', '/api/v1/auth/register', { body: { email, password, name }, headers: { 'idempotency-key': key } })).status).toBe(201);
    expect((await send('POST', '/api/v1/auth/register', { body: { email, password, name } })).status).toBe(409);
    const login = await send('POST', '/api/v1/auth/login', { body: { email, password } });
    const tokens = login.json<{ accessToken: string; refreshToken: string }>();
    access = tokens.accessToken;
    plants.push(access, tokens.refreshToken);
    expect((await send('POST', '/api/v1/auth/login', { body: { email, password: wrongPassword } })).status).toBe(401);
    const next = await send('POST', '/api/v1/auth/refresh', { body: { refreshToken: tokens.refreshToken } });
    plants.push(next.json<{ accessToken: string }>().accessToken, next.json<{ refreshToken: string }>().refreshToken);
    access = next.json<{ accessToken: string }>().accessToken;
    expect((await send('GET', '/api/v1/users/me', { headers: { authorization: `Bearer ${access}` } })).status).toBe(200);
  });

  const values = () => [name, email, password, access];
  const places: [string, (value: string) => [string, string, Sent?]][] = [
    ['a query', (value) => ['GET', `/api/v1/products?q=${encodeURIComponent(value)}&${encodeURIComponent(value)}=1`]],
    ['a query of a metric', (value) => ['GET', `/metrics?token=${encodeURIComponent(value)}`]],
    ['a path', (value) => ['GET', `/api/v1/products/${encodeURIComponent(value)}`]],
    ['a path of a user', (value) => ['GET', `/api/v1/users/${encodeURIComponent(value)}`]],
    ['a path that there is not', (value) => ['GET', `/${encodeURIComponent(value)}/${encodeURIComponent(value)}`]],
    ['a path that is no path', (value) => ['GET', `/api/v1/products/%E0%A4%A/${encodeURIComponent(value)}`]],
    ['a field that is not asked for', (value) => ['POST', '/api/v1/auth/register', { body: { [value]: value, email: value, password: value } }]],
    ['malformed JSON', (value) => ['POST', '/api/v1/auth/login', { text: `{"email": "${value}", "password": ${value}` }]],
    ['poisoned JSON', (value) => ['POST', '/api/v1/auth/login', { text: `{"__proto__": {"email": "${value}"}}` }]],
    ['a body that is too large', (value) => ['POST', '/api/v1/auth/login', { body: { email: value.repeat(5_000) } }]],
    ['a body of another type', (value) => ['POST', '/api/v1/auth/login', { text: value, headers: { 'content-type': 'text/plain' } }]],
    [
      'a body with what a database cannot hold',
      (value) => ['POST', '/api/v1/auth/register', { body: { email: `a@${'b'.repeat(9)}.example`, password, name: `${value}\0` } }],
    ],
    ['a login', (value) => ['POST', '/api/v1/auth/login', { body: { email: value, password: value } }]],
    ['a refresh', (value) => ['POST', '/api/v1/auth/refresh', { body: { refreshToken: value } }]],
    ['an erasure', (value) => ['DELETE', '/api/v1/users/me', { body: { password: value }, headers: { authorization: `Bearer ${access}` } }]],
    ...[
      'authorization',
      'cookie',
      'idempotency-key',
      'if-match',
      'if-none-match',
      'consistency-token',
      'traceparent',
      'tracestate',
      'baggage',
      'x-correlation-id',
      'x-request-id',
      'x-forwarded-for',
      'user-agent',
      'referer',
      'origin',
      'prefer',
      'accept',
      'x-anything',
    ].map((header): [string, (value: string) => [string, string, Sent?]] => [
      `the header ${header}`,
      (value) => [
        'POST',
        '/api/v1/orders',
        {
          body: { lines: [{ sku: value, quantity: 1 }], country: value },
          headers: { authorization: `Bearer ${access}`, [header]: headerValue(header, value) },
        },
      ],
    ]),
  ];

  it.each(places)('is sent in %s', async (_, place) => {
    for (const value of values()) {
      const [method, path, sent] = place(value);
      const { status } = await send(method, path, sent);
      expect([path, status < 500]).toEqual([path, true]);
    }
  });

  it('is not repeated by an error that nobody foresaw and that repeats it, nor by what hangs on it', async () => {
    const personalData = shop.app.get(PersonalData);
    const passwords = shop.app.get(Passwords);
    const [seal, hash] = [personalData.seal.bind(personalData), passwords.hash.bind(passwords)];
    personalData.seal = (_, plain) => {
      new Logger('Vault').warn('the vault is shut');
      const row = `Failing row contains (${plain}, ${email}).`;
      return Promise.reject(
        Object.assign(new Error(`cannot seal ${plain}`, { cause: new Error(`no key for ${plain}`) }), { detail: row, parameters: [plain] }),
      );
    };
    const first = await send('POST', '/api/v1/auth/register', { body: { email: `other.${email}`, password, name } });
    personalData.seal = seal;
    passwords.hash = (plain) => Promise.reject(Object.assign(new TypeError(`${plain} does not fit`), { code: '22P02', plain }));
    const second = await send('POST', '/api/v1/auth/register', { body: { email: `other.${email}`, password, name } });
    passwords.hash = hash;
    expect([first.status, second.status]).toEqual([500, 500]);
    expect(plantsIn(first.answered + second.answered, plants)).toEqual([]);

    const [inside, outside] = [logged(first.requestId), logged(second.requestId)];
    expect(inside.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['the vault is shut', 'unexpected error']));
    expect(outside.find(({ msg }) => msg === 'unexpected error')).toMatchObject({
      err: { type: 'TypeError', message: '[redacted] does not fit', stack: expect.stringContaining('at '), code: '22P02' },
      route: '/api/v1/auth/register',
    });
  });

  it('leaves request id and trace id in every line of a request, the trace that the caller named among them', async () => {
    const traced = await send('GET', '/api/v1/products', {
      headers: { traceparent: `00-${TRACE}-00f067aa0ba902b7-01`, tracestate: 'vendor=planted passphrase 81' },
    });
    await eventually(() => expect(logged(traced.requestId)).not.toEqual([]));
    expect(logged(traced.requestId).map(({ traceId }) => traceId)).toEqual(expect.arrayContaining([TRACE]));
    await eventually(() => {
      for (const requestId of requestIds) {
        const lines = logged(requestId);
        expect([requestId, lines.length > 0]).toEqual([requestId, true]);
        for (const line of lines) expect(line['traceId']).toMatch(/^[0-9a-f]{32}$/);
        expect(new Set(lines.map(({ traceId }) => traceId)).size).toBe(1);
      }
    });
    // A line of work in hand that a request caused, and that does not name it, would be none of these.
    expect(shop.lines.filter((line) => line.includes('"msg":"request"') && !line.includes('"requestId"'))).toEqual([]);
  });

  it('is in no line of the log, no metric and no span', async () => {
    const metrics = (await send('GET', '/metrics')).answered;
    await eventually(() => expect(collector.text()).toContain('POST /api/v1/auth/register'));
    await close();
    const spans = collector.text();
    expect([shop.lines.length > 100, metrics.includes('http_server_request_duration'), spans.includes('/api/v1/orders')]).toEqual([true, true, true]);
    expect(shop.lines.filter((line) => plantsIn(line, plants).length > 0)).toEqual([]);
    expect(plantsIn(metrics, plants)).toEqual([]);
    expect(plantsIn(spans, plants)).toEqual([]);
  });
});

/** A value as the header may carry it; some are read, and refuse what is not of their form before anything else happens. */
function headerValue(header: string, value: string): string {
  if (header === 'authorization') return `Bearer ${value}`;
  if (header === 'cookie') return `session=${encodeURIComponent(value)}`;
  if (header === 'tracestate') return `vendor=${value}`;
  if (header === 'baggage') return `user=${encodeURIComponent(value)}`;
  return value;
}
