import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { Shop, type Answer, type Person } from '../support/shop-client.js';

interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
}

describe('a problem', () => {
  let shop: Shop;
  let customer: Person;
  beforeAll(async () => {
    shop = await Shop.open();
    customer = await shop.customer();
  });
  afterAll(() => shop?.close());

  const fields = ({ body }: Answer<Problem>): string[] => [...new Set((body.errors ?? []).map(({ field }) => field))].toSorted();
  const expectProblem = (answer: Answer<Problem>, status: number, code: string): void => {
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect([answer.status, answer.body]).toEqual([
      status,
      expect.objectContaining({
        type: expect.any(String),
        title: expect.any(String),
        detail: expect.any(String),
        instance: expect.any(String),
        status,
        code,
      }),
    ]);
  };

  it('names every field at fault at once', async () => {
    const answer = await customer.post<Problem>('/orders', { lines: [{ sku: 7, quantity: 0 }, { quantity: 1.5 }], country: '' });
    expectProblem(answer, 400, 'request.invalid');
    expect(fields(answer)).toEqual(['country', 'lines.0.quantity', 'lines.0.sku', 'lines.1.quantity', 'lines.1.sku']);
  });

  it('names a property that nobody asked for', async () => {
    const answer = await customer.post<Problem>('/orders', { lines: [{ sku: 'x', quantity: 1 }], country: 'France', discount: '100%' });
    expectProblem(answer, 400, 'request.invalid');
    expect(fields(answer)).toEqual(['discount']);
  });

  it.each([
    '{"__proto__":{"polluted":true},"lines":[{"sku":"x","quantity":1}],"country":"France"}',
    '{"constructor":{"prototype":{"polluted":true}},"lines":[],"country":"France"}',
  ])('does not swallow %s', async (text) => {
    const answer = await customer.ask<Problem>('POST', '/orders', { text });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.status).toBe(400);
  });

  it.each([
    ['broken JSON', { text: '{"lines": [' }, 400],
    ['no body', {}, 400],
    ['a body that is not an object', { text: '"order"' }, 400],
    ['another media type', { text: '<order/>', headers: { 'content-type': 'application/xml' } }, 415],
  ])('answers %s', async (_, ask, status) => {
    const answer = await customer.ask<Problem>('POST', '/orders', ask);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect([answer.status, answer.body.status]).toEqual([status, status]);
  });

  it.each([
    ['/auth/login', 300_000],
    ['/orders', 300_000],
    ['/import/batch', 9_000_000],
  ])('does not read a body beyond all measure at %s', async (path, size) => {
    const headers = { ...shop.admin.authorization, 'content-type': 'application/json', 'content-length': size };
    const asked = request(`${shop.server.url}/api/v1${path}`, { method: 'POST', headers });
    asked.flushHeaders();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    expect([answer.statusCode, JSON.parse(await readText(answer))]).toEqual([
      413,
      expect.objectContaining({ status: 413, code: 'request.too-large' }),
    ]);
    asked.destroy();
  });

  it('tells a stranger to sign in before it reads a large batch', async () => {
    const body = JSON.stringify({ commands: [], padding: 'x'.repeat(1_000_000) });
    const answer = await fetch(`${shop.server.url}/api/v1/import/batch`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    expect(answer.status).toBe(401);
  });

  it('tells a stranger to sign in, and a customer what is not theirs', async () => {
    expectProblem(await shop.stranger.get<Problem>('/orders'), 401, 'auth.token-missing');
    const product = { sku: 'x', name: 'x', category: 'x', price: { amount: '1.00', currency: 'GBP' } };
    expectProblem(await customer.post<Problem>('/products', product), 403, 'auth.forbidden');
  });

  it('says that there is nothing where there is nothing', async () => {
    expectProblem(await customer.get<Problem>('/nowhere'), 404, 'route.not-found');
    expectProblem(await customer.get<Problem>('/orders/nothing'), 404, 'ordering.order-not-found');
  });

  it.each(['1e3', '1.00001', '-1.00', '1,00', 1.5, null])('takes no price of %j', async (amount) => {
    const answer = await shop.admin.post<Problem>('/products', { sku: 'price', name: 'x', category: 'x', price: { amount, currency: 'GBP' } });
    expectProblem(answer, 400, 'request.invalid');
    expect(fields(answer)).toContain('price.amount');
  });

  it.each([
    ['from', { from: 'yesterday' }],
    ['timezone', { timezone: 'Mars/Olympus' }],
    ['grain', { grain: 'fortnight' }],
    ['by', { by: 'mood' }],
    ['colour', { colour: 'blue' }],
  ])('names %s in a question that cannot be answered', async (field, wrong) => {
    const query = new URLSearchParams({ from: '2026-01-01', to: '2026-02-01', grain: 'day', ...wrong });
    const answer = await shop.admin.get<Problem>(`/analytics/sales?${query}`);
    expectProblem(answer, 400, 'request.invalid');
    expect(fields(answer)).toContain(field);
  });

  it('does not answer an absurd range', async () => {
    const answer = await shop.admin.get<Problem>('/analytics/sales?from=1900-01-01&to=2100-01-01&grain=minute');
    expect(answer.status).toBe(400);
    expect(fields(answer).length).toBeGreaterThan(0);
  });

  const cursor = (...key: string[]): string => Buffer.from(JSON.stringify(key)).toString('base64url');

  it.each([
    ['/orders/x?version=2147483648', 'version'],
    ['/orders/x?version=1e30', 'version'],
    ['/orders/x?at=2011-W01', 'at'],
    ['/orders/x?at=20110101', 'at'],
    ['/orders/x?constructor=1', 'constructor'],
    ['/orders?__proto__=1', '__proto__'],
    [`/orders?cursor=${cursor('1', 'x')}`, 'cursor'],
    [`/orders?cursor=${cursor('+275760-01-01T00:00:00Z', 'x')}`, 'cursor'],
  ])('does not read %s', async (path, field) => {
    const answer = await customer.get<Problem>(path);
    expectProblem(answer, 400, 'request.invalid');
    expect(fields(answer)).toEqual([field]);
  });

  it.each([[[]], [[{ amount: '1.00', currency: 'GBP' }]], ['1.00'], [null]])('takes no price that is %j', async (price) => {
    const answer = await shop.admin.post<Problem>('/products', { sku: 'price', name: 'x', category: 'x', price });
    expectProblem(answer, 400, 'request.invalid');
  });

  it.each(['.', '..', 'a/b', ' a', '\ud800'])('takes no SKU like %j', async (sku) => {
    const product = { sku, name: 'x', category: 'x', price: { amount: '1.00', currency: 'GBP' } };
    const answer = await shop.admin.post<Problem>('/products', product);
    expectProblem(answer, 400, 'request.invalid');
    expect(fields(answer)).toEqual(['sku']);
  });

  it('takes no line that is not an object, and looks at no more lines than an order has', async () => {
    expectProblem(await customer.post<Problem>('/orders', { lines: [[]], country: 'France' }), 400, 'request.invalid');
    const many = await customer.post<Problem>('/orders', { lines: Array.from({ length: 20_000 }, () => ({})), country: 'France' });
    expectProblem(many, 400, 'request.invalid');
    expect(many.body.errors?.length).toBeLessThanOrEqual(100);
  });

  it('finds a product whose SKU is long in every way', async () => {
    const sku = '🎁'.repeat(32);
    const made = await shop.admin.post('/products', { sku, name: 'x', category: 'x', price: { amount: '1.00', currency: 'GBP' } });
    expect(made.status).toBe(201);
    const location = made.headers.get('location')!;
    expect((await shop.admin.get(location.replace('/api/v1', ''))).body).toMatchObject({ sku });
  });

  it.each(['/products/%zz', '/products/%ff', `/products/${'x'.repeat(2_000)}`])('answers a broken path with a problem: %.20s', async (path) => {
    const answer = await shop.admin.get<Problem>(path);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.status).toBeLessThan(500);
  });

  it('answers a body that is nested too deeply', async () => {
    const answer = await customer.ask<Problem>('POST', '/orders', {
      text: `{"lines":${'['.repeat(25_000)}${']'.repeat(25_000)},"country":"France"}`,
    });
    expect([answer.status, answer.body.status]).toEqual([400, 400]);
  });

  it('is of a shape that the API’s document has, which is the one that is committed', async () => {
    const document = (await (await fetch(`${shop.server.url}/docs-json`)).json()) as object;
    expect(document).toEqual(JSON.parse(readFileSync('docs/api/openapi.json', 'utf8')));
  });
});
