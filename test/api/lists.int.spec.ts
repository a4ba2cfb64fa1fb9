import { randomUUID } from 'node:crypto';
import { must, type Someone } from '../security/people.js';
import { ApiShop, PASSWORD, type Operation } from './api-shop.js';

/** How one more item comes into a list, and what its id in there is. */
interface List {
  readonly add: (shop: ApiShop) => Promise<Added>;
  readonly idOf: (item: Record<string, unknown>) => unknown;
  /** Where its route has a parameter. */
  readonly path?: string;
  /** Orders to go through; the list's own without any. */
  readonly sorts?: readonly string[];
}

/** What the command that added it answered, so that a read model can be waited for. */
interface Added {
  readonly id: string;
  readonly token: string | null;
}

const TOKEN = 'consistency-token';

async function registered(shop: ApiShop): Promise<Added> {
  const body = { email: `${randomUUID()}@shop.example`, password: PASSWORD, name: 'Ada Lovelace' };
  const answer = await shop.people.nobody.ask('POST', '/api/v1/auth/register', body);
  return { id: String(must(answer, 201)['id']), token: answer.headers.get(TOKEN) };
}

async function erased(shop: ApiShop): Promise<Added> {
  const answer = await shop.admin.ask('DELETE', `/api/v1/users/${(await registered(shop)).id}`);
  return { id: String(must(answer, 200)['erasureId']), token: answer.headers.get(TOKEN) };
}

async function stocked(shop: ApiShop): Promise<Added> {
  const sku = await shop.product(0, `Lantern ${randomUUID()}`);
  const answer = await shop.admin.ask('POST', `/api/v1/products/${sku}/stock`, { quantity: 1, reason: 'received' });
  must(answer, 201);
  return { id: sku, token: answer.headers.get(TOKEN) };
}

const placed = async (shop: ApiShop): Promise<Added> => ({ id: await shop.placed(await shop.regular()), token: null });

/** A list with a cursor that is not here fails the spec. */
const LISTS: Readonly<Record<string, List>> = {
  'GET /api/v1/orders': { add: placed, idOf: ({ id }) => id },
  'GET /api/v1/admin/sagas': { add: placed, idOf: ({ id }) => id },
  'GET /api/v1/users': { add: registered, idOf: ({ id }) => id },
  'GET /api/v1/admin/erasures': { add: erased, idOf: ({ erasureId }) => erasureId },
  'GET /api/v1/admin/audit-trail': { add: registered, idOf: ({ eventId }) => eventId },
  'GET /api/v1/dead-letters/{context}': {
    path: '/api/v1/dead-letters/ordering',
    add: async (shop) => ({ id: await shop.deadLetter(), token: null }),
    idOf: ({ id }) => id,
  },
  'GET /api/v1/analytics/stock': { add: stocked, idOf: ({ sku }) => sku },
  'GET /api/v1/products': { add: stocked, idOf: ({ sku }) => sku, sorts: ['sku', 'name', 'price', '-price', 'newest'] },
};
const lists = Object.entries(LISTS);

let shop: ApiShop;
let operations: Map<string, Operation>;
beforeAll(async () => {
  shop = await ApiShop.open();
  operations = new Map((await shop.operations()).map((operation) => [operation.name, operation]));
});
afterAll(() => shop?.close());

const pathOf = (route: string): string => LISTS[route]!.path ?? route.split(' ')[1]!;
const queriesOf = (route: string) => operations.get(route)!.parameters.filter((parameter) => parameter.in === 'query');
const asked = (path: string, query: object, token: string | null = null, by: Someone = shop.admin) =>
  by.ask('GET', `${path}?${new URLSearchParams({ ...query })}`, undefined, token === null ? {} : { [TOKEN]: token });

async function refusal(path: string, query: object): Promise<{ fields: string[]; text: string }> {
  const { status, body } = await asked(path, query);
  expect([status, body!['code']]).toEqual([400, 'request.invalid']);
  const errors = body!['errors'] as { field: string; message: string }[];
  return { fields: [...new Set(errors.map(({ field }) => field))], text: errors.map(({ message }) => message).join('; ') };
}

/** Every id of a list, page by page, with what is to be done between the pages. */
async function walk(route: string, query: object, token: string | null, between: (page: number) => Promise<unknown> = async () => {}) {
  const ids: unknown[] = [];
  let cursor: string | undefined;
  for (let page = 1; ; page++) {
    const body = must(await asked(pathOf(route), { ...query, ...(cursor !== undefined && { cursor }) }, token), 200);
    ids.push(...(body['items'] as Record<string, unknown>[]).map(LISTS[route]!.idOf));
    cursor = body['next'] as string | undefined;
    if (cursor === undefined) return ids;
    await between(page);
  }
}

it('goes through every list of the document that has pages', () => {
  const paged = [...operations.values()].filter(({ parameters }) => parameters.some(({ name }) => name === 'cursor'));
  expect(lists.map(([route]) => route).toSorted()).toEqual(paged.map(({ name }) => name).toSorted());
});

describe.each(
  lists.flatMap(([route, list]) => (list.sorts ?? [null]).map((sort) => ({ route, list, sort, name: `${route} by ${sort ?? 'itself'}` }))),
)('the pages of $name', ({ route, list, sort }) => {
  it('show each item once that was there, whatever is added between them', async () => {
    const added: Added[] = [];
    for (let index = 0; index < 5; index++) added.push(await list.add(shop));
    const token = added.at(-1)!.token;
    const query = sort === null ? {} : { sort };
    const before = await walk(route, { ...query, limit: '200' }, token);
    expect(before.length).toBeGreaterThanOrEqual(5);
    expect(new Set(before).size).toBe(before.length);

    const between: Added[] = [];
    const seen = await walk(route, { ...query, limit: '2' }, token, async (page) => {
      if (page <= 3) between.push(await list.add(shop));
    });
    expect(between.length).toBeGreaterThanOrEqual(2);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((id) => before.includes(id))).toEqual(before);
    const after = await walk(route, { ...query, limit: '200' }, between.at(-1)!.token);
    expect(after.length).toBeGreaterThanOrEqual(before.length + between.length);
  });
});

describe.each(lists)('%s', (route) => {
  const path = pathOf(route);

  it('has no page beyond its limit', async () => {
    const { maximum } = queriesOf(route).find(({ name }) => name === 'limit')!.schema as { maximum: number };
    expect((must(await asked(path, { limit: '1' }), 200)['items'] as unknown[]).length).toBe(1);
    expect((await asked(path, { limit: String(maximum) })).status).toBe(200);
    for (const limit of [String(maximum + 1), '0', '-1', '1.5', 'all', '']) expect((await refusal(path, { limit })).fields).toEqual(['limit']);
  });

  it('names what a sort or a filter may be', async () => {
    for (const { name, schema } of queriesOf(route).filter((parameter) => parameter.schema.enum)) {
      const { fields, text } = await refusal(path, { [name]: 'nonsense' });
      expect(fields).toEqual([name]);
      for (const value of schema.enum!) expect(text).toContain(value);
    }
  });

  it('refuses a filter that it does not have', async () => expect((await refusal(path, { colour: 'red' })).fields).toEqual(['colour']));

  it('refuses a cursor that no page answered', async () => {
    const encoded = (key: unknown) => Buffer.from(JSON.stringify(key)).toString('base64url');
    const wrong = [
      '',
      'x',
      '=',
      encoded([]),
      encoded(['a', 'b', 'c', 'd']),
      encoded(['\0', '\0', '\0']),
      encoded(['\0']),
      encoded({}),
      'x'.repeat(7_000),
    ];
    for (const cursor of wrong) expect((await refusal(path, { cursor })).fields).toEqual(['cursor']);
  });
});

it.each([
  ['/api/v1/users/me/sessions', 'cursor'],
  ['/api/v1/admin/roles', 'limit'],
  ['/api/v1/admin/permissions', 'sort'],
  ['/api/v1/admin/read-models', 'colour'],
  ['/api/v1/admin/cache', 'colour'],
  ['/livez', 'colour'],
])('refuses a parameter that a list in one page does not have: %s?%s', async (path, name) =>
  expect((await refusal(path, { [name]: '1' })).fields).toEqual([name]),
);

it('refuses a parameter of the prices of a product and of the history of an order', async () => {
  const [sku, id] = [await shop.product(), await shop.placed(await shop.regular())];
  expect((await refusal(`/api/v1/products/${sku}/prices`, { limit: '1' })).fields).toEqual(['limit']);
  expect((await refusal(`/api/v1/orders/${id}/history`, { limit: '1' })).fields).toEqual(['limit']);
});
