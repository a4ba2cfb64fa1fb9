import { ReadSide } from '@adapters/read-store/src/read-side.js';
import { PersonalData, type Sealed } from '@kernel/ports/personal-data.js';
import { ask } from '@testing/ask.js';
import { eventually } from '@testing/eventually.js';
import { plantsIn, plantsInClickHouse, plantsInPostgres } from '../support/planted.js';
import { wholeApp, type WholeApp } from '../support/whole-app.js';

const password = 'a planted passphrase';
const email = 'zuleika.quixotesdottir@planted.example';
const name = 'Zuleika Quixotesdottir';
const agent = 'PlantedAgent/7.1 (zq)';
const renamed = 'Zuleika Neverheardof';
const PLANTS = [email, name, renamed, agent, password, 'quixotesdottir'];
/** Somebody else, of whom nothing must show in what is told about this person. */
const neighbour = { email: 'neighbour@shop.example', password: 'another fine password' };
/** Stands in events, tables and answers in the clear: what finds this would find a person too. */
const PRODUCT = 'Unmistakable lamp of the ninth moon';

let shop: WholeApp;
beforeAll(async () => void (shop = await wholeApp()));
afterAll(() => shop?.close());

interface Asked {
  readonly token?: string;
  readonly body?: object;
}
async function call(method: string, path: string, { token, body }: Asked = {}) {
  const response = await fetch(`${shop.url}${path}`, {
    method,
    headers: {
      'user-agent': agent,
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, text, json: <Body = Record<string, unknown>>() => JSON.parse(text) as Body };
}
const api = (method: string, path: string, asked?: Asked) => call(method, `/api/v1${path}`, asked);
const signIn = async (credentials: { email: string; password: string }) =>
  (await api('POST', '/auth/login', { body: credentials })).json<{ accessToken: string }>().accessToken;

const landed = () =>
  eventually(async () => {
    for (const [context, { position, head }] of Object.entries(await shop.app.get(ReadSide).watermarks.current()))
      expect(`${context} ${position}`).toBe(`${context} ${head}`);
  }, 30_000);

describe('a person who bought', () => {
  let boss: string;
  let customer: string;
  let id: string;
  let sealed: Sealed;
  const orders: string[] = [];
  const others: string[] = [];
  let before: { certificate: { equal: boolean }; sales: string };

  const figures = async () => {
    await landed();
    const certificate = (await api('POST', '/admin/audit', { token: boss })).json<{ equal: boolean }>();
    const sales = (await api('GET', '/analytics/sales?by=customer', { token: boss })).json<{ rows: object[]; totals: object }>();
    return { certificate, sales: JSON.stringify([sales.rows, sales.totals]) };
  };
  const order = async (token: string, sku: string) => {
    const placed = await api('POST', '/orders', {
      token,
      body: { lines: [{ sku, quantity: 2 }], country: 'Iceland', payment: { token: 'tok_approve' } },
    });
    const { id: placedId } = placed.json<{ id?: string }>();
    if (!placedId) throw new Error(`no order was placed: ${placed.text}`);
    return placedId;
  };
  const statusOf = async (orderId: string) => (await api('GET', `/orders/${orderId}`, { token: boss })).json<{ status: string }>().status;

  it('is sealed from the first event on: no table has the plain text, and the key opens it', async () => {
    boss = await signIn(shop.admin);
    const registered = await api('POST', '/auth/register', { body: { email, password, name } });
    id = registered.json<{ id: string }>().id;
    customer = await signIn({ email, password });
    await api('POST', '/products', {
      token: boss,
      body: { sku: 'LAMP', name: PRODUCT, category: 'Lighting', price: { amount: '9.50', currency: 'GBP' } },
    });
    await api('POST', '/products/LAMP/stock', { token: boss, body: { quantity: 100, reason: 'received' } });
    orders.push(await order(customer, 'LAMP'));
    await api('PATCH', '/users/me', { token: customer, body: { name: renamed } });
    await api('POST', '/auth/register', { body: { ...neighbour, name: 'Neighbour Nextdoor' } });
    others.push(await order(await signIn(neighbour), 'LAMP'));
    await eventually(async () => expect(await statusOf(orders[0]!)).toBe('confirmed'), 30_000);

    const [data] = (await ask(
      shop.databaseUrl,
      `select data from identity.event where stream_id = 'user-${id}' order by stream_version limit 1`,
    )) as [string];
    sealed = (JSON.parse(data) as { email: Sealed }).email;
    expect(await shop.app.get(PersonalData).open(sealed)).toBe(email);
    await landed();
    const [postgres, clickhouse] = [await plantsInPostgres(shop.databaseUrl, PLANTS), await plantsInClickHouse(shop.app.get(ReadSide), PLANTS)];
    expect([postgres.found, clickhouse.found]).toEqual([[], []]);
  });

  it('would be found: what is in the clear is', async () => {
    const [postgres, clickhouse] = [await plantsInPostgres(shop.databaseUrl, [PRODUCT]), await plantsInClickHouse(shop.app.get(ReadSide), [PRODUCT])];
    expect(postgres.found).toEqual(expect.arrayContaining([`catalog.event: ${PRODUCT}`, `ordering.event: ${PRODUCT}`]));
    expect(clickhouse.found).toContain(`nebulocart.events: ${PRODUCT}`);
    expect(postgres.tables).toBeGreaterThan(40);
    expect(clickhouse.tables).toBeGreaterThan(3);
  });

  it('gets all that is held, and of nobody else', async () => {
    const exported = await api('GET', '/users/me/data', { token: customer });
    const held = exported.json<{ subject: string; identity: Record<string, object[]>; ordering: Record<string, object[]>; analytics: object }>();
    expect(held.subject).toBe(id);
    expect(held.identity['account']).toEqual([expect.objectContaining({ id, email, name: renamed, status: 'active' })]);
    expect(held.identity['sessions']).toEqual([expect.objectContaining({ userAgent: agent })]);
    expect(held.identity['events']).toEqual(expect.arrayContaining([expect.objectContaining({ type: 'identity.UserRegistered', by: 'self' })]));
    expect(held.ordering['orders']).toEqual([
      expect.objectContaining({ id: orders[0], total: '19.00', payment: expect.objectContaining({ authorised: '19.00' }) }),
    ]);
    expect(held.ordering['events']).toEqual(expect.arrayContaining([expect.objectContaining({ type: 'ordering.OrderPlaced', by: 'self' })]));
    const bossId = (await api('GET', '/users/me', { token: boss })).json<{ id: string }>().id;
    expect(exported.text).not.toContain(bossId);
    expect(plantsIn(exported.text, [shop.admin.email, neighbour.email, 'Nextdoor', ...others])).toEqual([]);
    expect((await api('GET', `/users/${id}/data`, { token: boss })).json()).toMatchObject({ identity: held.identity, ordering: held.ordering });
    expect((await api('GET', `/users/${id}/data`, { token: customer })).status).toBe(403);
  });

  it('is erased while an order is under way, which goes on', async () => {
    before = await figures();
    expect(before.certificate).toMatchObject({ equal: true });
    orders.push(await order(customer, 'LAMP'));
    const erased = await api('DELETE', `/users/${id}`, { token: boss });
    expect(erased.json()).toMatchObject({ subject: id, events: { sealed: 2 }, sessionsEnded: 1 });
    await eventually(async () => expect(await statusOf(orders[1]!)).toBe('confirmed'), 30_000);
    // Within the second that a token may go on for.
    await eventually(async () => expect((await api('GET', '/users/me', { token: customer })).status).toBe(401), 5_000);
  });

  it('is nowhere any more: no table, no answer, no metric and no line of the log shows the person', async () => {
    expect(await shop.app.get(PersonalData).open(sealed)).toBeNull();
    await landed();
    const [postgres, clickhouse] = [await plantsInPostgres(shop.databaseUrl, PLANTS), await plantsInClickHouse(shop.app.get(ReadSide), PLANTS)];
    expect([postgres.found, clickhouse.found]).toEqual([[], []]);
    const paths = [
      '/users',
      `/users/${id}`,
      `/users/${id}/data`,
      '/orders',
      ...orders.flatMap((each) => [`/orders/${each}`, `/orders/${each}/history`]),
      '/admin/erasures',
      `/admin/audit-trail?subject=${id}`,
      `/admin/audit-trail?actor=${id}`,
      '/analytics/sales?by=customer',
      '/admin/sagas',
    ];
    for (const path of paths) {
      const { status, text } = await api('GET', path, { token: boss });
      expect([path, status]).toEqual([path, 200]);
      expect([path, plantsIn(text, PLANTS)]).toEqual([path, []]);
    }
    expect(plantsIn((await call('GET', '/metrics')).text, PLANTS)).toEqual([]);
    expect(shop.lines.length).toBeGreaterThan(10);
    expect(plantsIn(shop.lines.join(''), PLANTS)).toEqual([]);
  });

  it('left every figure and the certificate as they were', async () => {
    await eventually(async () => expect((await figures()).certificate).toMatchObject({ equal: true }), 30_000);
    const after = JSON.parse((await figures()).sales) as [{ key?: string }[], { orders: number }];
    const earlier = JSON.parse(before.sales) as [unknown, { orders: number }];
    // One order more, which was under way.
    expect(after[1].orders).toBe(earlier[1].orders + 1);
    expect(after[0].some(({ key }) => key === id)).toBe(true);
  });

  it('is in the audit trail by pseudonym: who erased whom, when', async () => {
    const bossId = (await api('GET', '/users/me', { token: boss })).json<{ id: string }>().id;
    const { items } = (await api('GET', '/admin/audit-trail?action=identity.UserErased', { token: boss })).json<{ items: object[] }>();
    expect(items).toEqual([expect.objectContaining({ actor: bossId, action: 'identity.UserErased', subject: `user-${id}` })]);
  });
});
