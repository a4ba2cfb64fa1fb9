import { must, type Answered, type Someone } from '../security/people.js';
import { ApiShop, PASSWORD } from './api-shop.js';

/** Something to read, and what changes it. */
interface Read {
  readonly by: Someone;
  readonly path: string;
  /** Left out of what never changes. */
  readonly change?: () => Promise<Answered | void>;
}

type Prepare = (shop: ApiShop) => Promise<Read>;

const ofAdmin =
  (path: string, change?: (shop: ApiShop) => Promise<unknown>): Prepare =>
  async (shop) => ({ by: shop.admin, path, ...(change && { change: async () => void (await change(shop)) }) });

const ofProduct =
  (below: string): Prepare =>
  async (shop) => {
    const path = `/api/v1/products/${await shop.product()}`;
    const body = { price: { amount: '9.95', currency: 'GBP' } };
    return { by: shop.admin, path: `${path}${below}`, change: () => shop.admin.ask('PATCH', path, body) };
  };

const ofOrder =
  (below: string): Prepare =>
  async (shop) => {
    const by = await shop.regular();
    const path = `/api/v1/orders/${await shop.placed(by)}`;
    return { by, path: `${path}${below}`, change: () => by.ask('POST', `${path}/cancel`, { reason: 'changed my mind' }) };
  };

const rename = (by: Someone) => () => by.ask('PATCH', '/api/v1/users/me', { name: 'Ada King' });

const ofMyself: Prepare = async (shop) => {
  const by = await shop.customer();
  return { by, path: '/api/v1/users/me', change: rename(by) };
};

const ofUser: Prepare = async (shop) => {
  const user = await shop.customer();
  return { by: shop.admin, path: `/api/v1/users/${user.id}`, change: rename(user) };
};

const ofSessions: Prepare = async (shop) => {
  const by = await shop.customer();
  const change = () => shop.people.nobody.ask('POST', '/api/v1/auth/login', { email: by.email, password: PASSWORD });
  return { by, path: '/api/v1/users/me/sessions', change };
};

const ofRole: Prepare = async (shop) => {
  const path = `/api/v1/admin/roles/${await shop.role()}`;
  return { by: shop.admin, path, change: () => shop.admin.ask('PUT', path, { permissions: ['catalog:read'] }) };
};

const erase = async (shop: ApiShop) => must(await shop.admin.ask('DELETE', `/api/v1/users/${(await shop.customer()).id}`), 200);
const ofErasure: Prepare = async (shop) => ({ by: shop.admin, path: `/api/v1/admin/erasures/${String((await erase(shop))['erasureId'])}` });

const ofSaga: Prepare = async (shop) => {
  const by = await shop.regular();
  const id = await shop.placed(by);
  const path = `/api/v1/admin/sagas/fulfilment/${id}`;
  // Its commands are carried out, and it waits for the payment service.
  await shop.shows(
    () => shop.admin.ask('GET', path),
    ({ status, body }) => status === 200 && (body!['pending'] as unknown[]).length === 0,
  );
  return { by: shop.admin, path, change: () => by.ask('POST', `/api/v1/orders/${id}/cancel`, { reason: 'changed my mind' }) };
};

const ofDeadLetter: Prepare = async (shop) => ({ by: shop.admin, path: `/api/v1/dead-letters/ordering/${await shop.deadLetter()}` });

const rebuild = async (shop: ApiShop) => must(await shop.admin.ask('POST', '/api/v1/admin/read-models/stock/rebuild'), 200);

const buy = async (shop: ApiShop) => shop.confirmed(await shop.regular());

/** Every read of the document that has an ETag; one that is not here fails the spec. */
const READS: Readonly<Record<string, Prepare>> = {
  'GET /.well-known/jwks.json': ofAdmin('/.well-known/jwks.json', (shop) => shop.admin.ask('POST', '/api/v1/admin/signing-keys/rotate')),
  'GET /api/v1/users/me': ofMyself,
  'GET /api/v1/users/me/sessions': ofSessions,
  'GET /api/v1/users': ofAdmin('/api/v1/users', (shop) => shop.customer()),
  'GET /api/v1/users/{id}': ofUser,
  'GET /api/v1/admin/erasures': ofAdmin('/api/v1/admin/erasures', erase),
  'GET /api/v1/admin/erasures/{id}': ofErasure,
  'GET /api/v1/admin/permissions': ofAdmin('/api/v1/admin/permissions'),
  'GET /api/v1/admin/roles': ofAdmin('/api/v1/admin/roles', (shop) => shop.role()),
  'GET /api/v1/admin/roles/{name}': ofRole,
  'GET /api/v1/admin/audit-trail': ofAdmin('/api/v1/admin/audit-trail', (shop) => shop.customer()),
  'GET /api/v1/admin/cache': ofAdmin('/api/v1/admin/cache', async (shop) => shop.admin.ask('GET', `/api/v1/products/${await shop.product()}`)),
  'GET /api/v1/dead-letters/{context}': ofAdmin('/api/v1/dead-letters/ordering', (shop) => shop.deadLetter()),
  'GET /api/v1/dead-letters/{context}/{id}': ofDeadLetter,
  'GET /api/v1/admin/read-models': ofAdmin('/api/v1/admin/read-models', rebuild),
  'GET /api/v1/admin/sagas': ofAdmin('/api/v1/admin/sagas', buy),
  'GET /api/v1/admin/sagas/{saga}/{id}': ofSaga,
  'GET /api/v1/products': ofAdmin('/api/v1/products', (shop) => shop.product()),
  'GET /api/v1/products/{sku}': ofProduct(''),
  'GET /api/v1/products/{sku}/prices': ofProduct('/prices'),
  'GET /api/v1/products/popular': ofAdmin('/api/v1/products/popular', buy),
  'GET /api/v1/orders': ofAdmin('/api/v1/orders', buy),
  'GET /api/v1/orders/{id}': ofOrder(''),
  'GET /api/v1/orders/{id}/history': ofOrder('/history'),
  'GET /api/v1/analytics/sales': ofAdmin('/api/v1/analytics/sales', buy),
  'GET /api/v1/analytics/products/top': ofAdmin('/api/v1/analytics/products/top', buy),
  'GET /api/v1/analytics/stock': ofAdmin('/api/v1/analytics/stock', (shop) => shop.product()),
};
const reads = Object.entries(READS);

let shop: ApiShop;
beforeAll(async () => {
  shop = await ApiShop.open();
});
afterAll(() => shop?.close());

it('goes through every read of the document that has an ETag', async () => {
  const documented = (await shop.operations()).filter(({ name, responses }) => {
    const headers = Object.keys(responses['200']?.headers ?? {});
    return name.startsWith('GET ') && (headers.includes('ETag') || '304' in responses);
  });
  expect(reads.map(([route]) => route).toSorted()).toEqual(documented.map(({ name }) => name).toSorted());
});

describe.each(reads)('%s', (_, prepare) => {
  it('is answered 304 to whoever has it, and anew once it has changed', async () => {
    const { by, path, change } = await prepare(shop);
    const knowing = (etag: string) => by.ask('GET', path, undefined, { 'if-none-match': etag });
    // What came before may still be on its way into what is read.
    const etag = await settled(by, path);
    const known = await knowing(etag);
    expect([known.status, known.body, known.headers.get('etag'), known.headers.get('content-type')]).toEqual([304, null, etag, null]);
    expect((await knowing('"other"')).status).toBe(200);
    if (!change) return;
    const changed = await change();
    if (changed) expect(changed.status).toBeLessThan(300);
    const anew = await shop.shows(
      () => knowing(etag),
      ({ status }) => status === 200,
    );
    expect(anew.body).not.toBeNull();
    expect(anew.headers.get('etag')).not.toBe(etag);
  });
});

/** The ETag of something once it stays the same. */
async function settled(by: Someone, path: string): Promise<string> {
  let etag: string | null = null;
  await shop.shows(
    () => by.ask('GET', path, undefined, etag === null ? {} : { 'if-none-match': etag }),
    ({ status, headers }) => {
      etag = headers.get('etag');
      return status === 304;
    },
  );
  return etag!;
}
