import { randomUUID } from 'node:crypto';
import { allPermissions } from '@contexts/identity/src/contract/permissions.js';
import { wholeApp, type WholeApp } from '../support/whole-app.js';
import { must, People, type Answered, type Someone } from './people.js';
import { CALLERS, ROUTE_RULES, type Caller, type RouteRule, type StrangersWorld } from './route-rules.js';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const rules = Object.entries(ROUTE_RULES);
const guarded = rules.filter(([, { needs }]) => needs !== 'public' && needs !== 'signed-in');
/** For one's own only, and about something with an id. */
const owned = rules.filter(([route, { needs }]) => (needs.endsWith(':own') || needs === 'signed-in') && route.includes('{'));

let shop: WholeApp;
let people: People;
let callers: Record<Caller, Someone>;
beforeAll(async () => {
  shop = await wholeApp({ logLevel: 'info' });
  people = new People(shop, shop.admin);
  callers = {
    nobody: people.nobody,
    powerless: await people.holding(),
    customer: await people.having('customer'),
    analyst: await people.having('analyst'),
    admin: await people.administrator(),
  };
});
afterAll(() => shop?.close());

async function documented(): Promise<string[]> {
  const { paths } = must(await people.nobody.ask('GET', '/docs-json'), 200) as { paths: Record<string, Record<string, unknown>> };
  return Object.entries(paths).flatMap(([path, operations]) =>
    METHODS.filter((method) => operations[method]).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

/** Calls a route with ids of nothing. */
function call(route: string, { body, query }: RouteRule, by: Someone): Promise<Answered> {
  const [method, path] = route.split(' ') as [string, string];
  return by.ask(method, path.replace(/\{\w+\}/g, () => randomUUID()) + (query ?? ''), body);
}

/** Any of the statuses that a rule allows, as the one that came. */
const expected = ({ answers }: RouteRule, { status }: Answered) => [[answers].flat().find((each) => each === status) ?? answers];

const seen = ({ status, body }: Answered) => (status === 401 || status === 403 ? [status, body?.['code']] : [status]);

describe('the table', () => {
  it('has a rule for every route of the OpenAPI document, and for nothing else', async () =>
    expect(Object.keys(ROUTE_RULES).toSorted()).toEqual((await documented()).toSorted()));

  it('says of every route about something of one’s own what strangers are answered', () =>
    expect(owned.filter(([, { strangers }]) => !strangers).map(([route]) => route)).toEqual([]));
});

describe.each(rules)('%s', (route, rule) => {
  const { needs, roles, spends } = rule;
  const isPublic = needs === 'public';
  const by = async (caller: Caller): Promise<Someone> => {
    if (!spends || caller === 'nobody') return callers[caller];
    return caller === 'powerless' ? people.newlyHolding() : people.having(caller);
  };

  it.each(CALLERS)('answers %s as its rule says', async (caller) => {
    const may = isPublic || roles.includes(caller);
    const refused = caller === 'nobody' ? [401, 'auth.token-missing'] : [403, 'auth.forbidden'];
    const answer = await call(route, rule, may ? await by(caller) : callers[caller]);
    expect(seen(answer)).toEqual(may ? expected(rule, answer) : refused);
  });
});

describe.each(guarded)('%s', (route, rule) => {
  it('opens to a role of its permission alone', async () => {
    const answer = await call(route, rule, await (rule.spends ? people.newlyHolding(rule.needs) : people.holding(rule.needs)));
    expect(seen(answer)).toEqual(expected(rule, answer));
  });

  it('does not open to a role of every other permission', async () => {
    const others = allPermissions.filter((permission) => permission !== rule.needs);
    expect(seen(await call(route, rule, await people.holding(...others)))).toEqual([403, 'auth.forbidden']);
  });
});

it('keeps nobody who is signed in from what asks for no permission', () =>
  expect(rules.filter(([, { needs, roles }]) => needs === 'signed-in' && roles.length < CALLERS.length - 1).map(([route]) => route)).toEqual([]));

describe('what is another customer’s', () => {
  let world: StrangersWorld;
  let owner: Someone;
  beforeAll(async () => {
    owner = await people.having('customer');
    world = { sessionId: sessionOf(owner), orderId: await orderOf(owner) };
  });

  it.each(owned)('is not for strangers: %s', async (route, { strangers, spends }) => {
    const [method] = route.split(' ') as [string];
    const { path, status, body } = strangers!;
    const other = spends ? await people.having('customer') : owner;
    const others = spends ? { ...world, sessionId: sessionOf(other) } : world;
    const asked = await callers.customer.ask(method, path(others), body);
    expect(asked.status).toBe(status);
    // In the very words for something that there is not, or ids would tell.
    if (status === 404) expect(without(asked)).toEqual(without(await callers.customer.ask(method, path(nothing()), body)));
    expect((await other.ask(method, path(others), body)).status).not.toBe(status);
  });

  it('is not listed to strangers, nor ordered in another’s name', async () => {
    const list = await callers.customer.ask('GET', `/api/v1/orders?customerId=${owner.id}`);
    expect(seen(list)).toEqual([403, 'auth.forbidden']);
    const order = { customerId: owner.id, country: 'France', lines: [{ sku: 'NONE', quantity: 1 }] };
    expect(seen(await callers.customer.ask('POST', '/api/v1/orders', order))).toEqual([403, 'ordering.not-your-order']);
    expect(must(await callers.customer.ask('GET', '/api/v1/orders'), 200)['items']).toEqual([]);
  });
});

const nothing = (): StrangersWorld => ({ orderId: randomUUID(), sessionId: randomUUID() });

const without = ({ status, body }: Answered) => ({ status, ...body, instance: undefined });

const sessionOf = ({ token }: Someone): string => (JSON.parse(Buffer.from(token!.split('.')[1]!, 'base64url').toString()) as { sid: string }).sid;

async function orderOf(buyer: Someone): Promise<string> {
  const sku = `SKU-${randomUUID()}`;
  const product = { sku, name: 'White hanging heart', category: 'Lighting', price: { amount: '2.55', currency: 'GBP' } };
  must(await callers.admin.ask('POST', '/api/v1/products', product), 201);
  must(await callers.admin.ask('POST', `/api/v1/products/${sku}/stock`, { quantity: 10, reason: 'received' }), 201);
  const placed = await buyer.ask('POST', '/api/v1/orders', { country: 'France', lines: [{ sku, quantity: 1 }] });
  return String(must(placed, 201)['id']);
}
