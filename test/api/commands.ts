import { randomUUID } from 'node:crypto';
import { must, type Someone } from '../security/people.js';
import { PASSWORD, type ApiShop } from './api-shop.js';

/** A command that can be sent now, and what it is about. */
export interface Prepared {
  readonly by: Someone;
  readonly path: string;
  readonly body?: object;
  /** What can be seen of its effect, by whoever may. */
  readonly effect: () => Promise<unknown>;
  /** The ETag that the command is to be decided on; `"0"` for what there is not yet. */
  readonly etag: string;
}

export interface CommandCase {
  readonly prepare: (shop: ApiShop) => Promise<Prepared>;
  /** What it is answered when it is let through. */
  readonly answers: number;
  /** Of a command that creates: another body that would be taken as well. */
  readonly otherwise?: object;
}

const NOTHING = '"0"';

/** A command about what can be read at `read`: its ETag is what it is decided on. */
async function about(reader: Someone, read: string, rest: { by?: Someone; path: string; body?: object }): Promise<Prepared> {
  const { headers } = await reader.ask('GET', read);
  return { by: reader, ...rest, etag: String(headers.get('etag')), effect: () => seen(reader, read) };
}

async function seen(by: Someone, path: string): Promise<unknown> {
  const { status, body } = await by.ask('GET', path);
  return status === 200 ? body : status;
}

const user =
  (path: (id: string) => string, body?: object, before?: (shop: ApiShop, id: string) => Promise<unknown>): CommandCase['prepare'] =>
  async (shop) => {
    const { id } = await shop.customer();
    await before?.(shop, id);
    return about(shop.admin, `/api/v1/users/${id}`, { path: path(id), ...(body && { body }) });
  };

const role =
  (body?: object): CommandCase['prepare'] =>
  async (shop) => {
    const path = `/api/v1/admin/roles/${await shop.role()}`;
    return about(shop.admin, path, { path, ...(body && { body }) });
  };

const myself =
  (body: object): CommandCase['prepare'] =>
  async (shop) => {
    const me = await shop.customer();
    const prepared = await about(me, '/api/v1/users/me', { path: '/api/v1/users/me', body });
    // Whoever has erased the account is asked of by somebody else.
    return { ...prepared, effect: () => seen(shop.admin, `/api/v1/users/${me.id}`) };
  };

const product =
  (path: (sku: string) => string, body?: object): CommandCase['prepare'] =>
  async (shop) => {
    const sku = await shop.product();
    return about(shop.admin, `/api/v1/products/${sku}`, { path: path(sku), ...(body && { body }) });
  };

/** Stock has versions of its own, which its commands answer. */
const stock =
  (path: (sku: string) => string, body: object): CommandCase['prepare'] =>
  async (shop) => {
    const sku = await shop.product(0);
    const received = await shop.admin.ask('POST', `/api/v1/products/${sku}/stock`, { quantity: 7, reason: 'received' });
    must(received, 201);
    const prepared = await about(shop.admin, `/api/v1/products/${sku}`, { path: path(sku), body });
    return { ...prepared, etag: String(received.headers.get('etag')) };
  };

const typesOf = (history: unknown): string[] => (history as { type: string }[]).map(({ type }) => type);

type Buyer = Pick<ApiShop, 'placed' | 'confirmed' | 'partiallyShipped' | 'shipped' | 'delivered'>;

const order =
  (state: keyof Buyer, step: string, body?: object): CommandCase['prepare'] =>
  async (shop) => {
    const id = await shop[state](await shop.regular());
    const prepared = await about(shop.admin, `/api/v1/orders/${id}`, { path: `/api/v1/orders/${id}/${step}`, ...(body && { body }) });
    return { ...prepared, effect: async () => typesOf(await seen(shop.admin, `/api/v1/orders/${id}/history`)) };
  };

const goodsBack =
  (step: string, body?: object): CommandCase['prepare'] =>
  async (shop) => {
    const { id, returnId } = await shop.returned(await shop.regular());
    return about(shop.admin, `/api/v1/orders/${id}`, { path: `/api/v1/orders/${id}/returns/${returnId}/${step}`, ...(body && { body }) });
  };

/** Credit notes and returns are of this one product of each order. */
async function creditNote(shop: ApiShop): Promise<Prepared> {
  const prepared = await order('delivered', 'credit-notes')(shop);
  const { lines } = must(await shop.admin.ask('GET', prepared.path.replace('/credit-notes', '')), 200) as { lines: { sku: string }[] };
  return { ...prepared, body: { lines: [{ sku: lines[0]!.sku, quantity: 1 }], reason: 'arrived broken' } };
}

async function newProduct(shop: ApiShop): Promise<Prepared> {
  const sku = `SKU-${randomUUID()}`;
  const body = { sku, name: 'Lantern', category: 'Lighting', price: { amount: '2.55', currency: 'GBP' } };
  return { by: shop.admin, path: '/api/v1/products', body, etag: NOTHING, effect: () => seen(shop.admin, `/api/v1/products/${sku}`) };
}

async function newOrder(shop: ApiShop): Promise<Prepared> {
  const [by, sku] = [await shop.customer(), await shop.product()];
  const body = { country: 'France', lines: [{ sku, quantity: 2 }], payment: { token: 'tok_late' } };
  // What has become of it is its workflow's doing.
  const effect = async () => ((await by.ask('GET', '/api/v1/orders')).body!['items'] as { id: string }[]).map(({ id }) => id);
  return { by, path: '/api/v1/orders', body, etag: NOTHING, effect };
}

async function registration(shop: ApiShop): Promise<Prepared> {
  const email = `${randomUUID()}@shop.example`;
  const effect = async () => {
    const { status, body } = await shop.admin.ask('POST', '/api/v1/users/lookup', { email });
    return [status, body?.['id']];
  };
  const body = { email, password: PASSWORD, name: 'Ada Lovelace' };
  return { by: shop.people.nobody, path: '/api/v1/auth/register', body, etag: NOTHING, effect };
}

async function rotation(shop: ApiShop): Promise<Prepared> {
  return {
    by: shop.admin,
    path: '/api/v1/admin/signing-keys/rotate',
    etag: NOTHING,
    effect: () => seen(shop.people.nobody, '/.well-known/jwks.json'),
  };
}

const deadLetter =
  (step: string, body?: object): CommandCase['prepare'] =>
  async (shop) => {
    const path = `/api/v1/dead-letters/ordering/${await shop.deadLetter()}`;
    return { by: shop.admin, path: `${path}/${step}`, ...(body && { body }), etag: NOTHING, effect: () => seen(shop.admin, path) };
  };

const deactivated = async (shop: ApiShop, id: string) => must(await shop.admin.ask('POST', `/api/v1/users/${id}/deactivate`), 200);
const REASON = { reason: 'seen to' };

/** How every command with an If-Match or an Idempotency-Key is sent so that it is done. A new one fails the specs until it has its line here. */
export const COMMANDS: Readonly<Record<string, CommandCase>> = {
  'POST /api/v1/auth/register': { prepare: registration, answers: 201, otherwise: { name: 'Ada King' } },
  'PATCH /api/v1/users/me': { prepare: myself({ name: 'Ada King' }), answers: 200 },
  'DELETE /api/v1/users/me': { prepare: myself({ password: PASSWORD }), answers: 200 },
  'POST /api/v1/users/{id}/roles': { prepare: user((id) => `/api/v1/users/${id}/roles`, { roles: ['analyst'] }), answers: 200 },
  'PUT /api/v1/users/{id}/roles': { prepare: user((id) => `/api/v1/users/${id}/roles`, { roles: ['analyst'] }), answers: 200 },
  'POST /api/v1/users/{id}/deactivate': { prepare: user((id) => `/api/v1/users/${id}/deactivate`), answers: 200 },
  'POST /api/v1/users/{id}/reactivate': { prepare: user((id) => `/api/v1/users/${id}/reactivate`, undefined, deactivated), answers: 200 },
  'DELETE /api/v1/users/{id}': { prepare: user((id) => `/api/v1/users/${id}`), answers: 200 },
  'PUT /api/v1/admin/roles/{name}': { prepare: role({ permissions: ['catalog:read'] }), answers: 200 },
  'DELETE /api/v1/admin/roles/{name}': { prepare: role(), answers: 204 },
  'POST /api/v1/dead-letters/{context}/{id}/retry': { prepare: deadLetter('retry'), answers: 200 },
  'POST /api/v1/dead-letters/{context}/{id}/discard': { prepare: deadLetter('discard', REASON), answers: 200 },
  'POST /api/v1/admin/signing-keys/rotate': { prepare: rotation, answers: 200 },

  'POST /api/v1/products': { prepare: newProduct, answers: 201, otherwise: { name: 'Another lantern' } },
  'PATCH /api/v1/products/{sku}': { prepare: product((sku) => `/api/v1/products/${sku}`, { name: 'Lantern' }), answers: 200 },
  'POST /api/v1/products/{sku}/retire': { prepare: product((sku) => `/api/v1/products/${sku}/retire`), answers: 200 },
  'POST /api/v1/products/{sku}/stock': {
    prepare: stock((sku) => `/api/v1/products/${sku}/stock`, { quantity: 3, reason: 'received' }),
    answers: 201,
    otherwise: { quantity: 4 },
  },
  'PUT /api/v1/products/{sku}/stock/threshold': {
    prepare: stock((sku) => `/api/v1/products/${sku}/stock/threshold`, { threshold: 5 }),
    answers: 200,
  },

  'POST /api/v1/orders': { prepare: newOrder, answers: 201, otherwise: { country: 'Germany' } },
  // Its workflow confirms what can be confirmed, before anybody else could: what is let through is told that it is too early.
  'POST /api/v1/orders/{id}/confirm': { prepare: order('placed', 'confirm'), answers: 409 },
  'POST /api/v1/orders/{id}/ship': { prepare: order('confirmed', 'ship', {}), answers: 200 },
  'POST /api/v1/orders/{id}/deliver': { prepare: order('shipped', 'deliver'), answers: 200 },
  'POST /api/v1/orders/{id}/cancel': { prepare: order('placed', 'cancel', REASON), answers: 200 },
  'POST /api/v1/orders/{id}/cancel-remainder': { prepare: order('partiallyShipped', 'cancel-remainder', REASON), answers: 200 },
  'POST /api/v1/orders/{id}/credit-notes': { prepare: creditNote, answers: 201, otherwise: { reason: 'arrived late' } },
  'POST /api/v1/orders/{id}/returns': { prepare: order('delivered', 'returns', REASON), answers: 201, otherwise: { reason: 'too small' } },
  'POST /api/v1/orders/{id}/returns/{returnId}/receive': { prepare: goodsBack('receive'), answers: 200 },
  'POST /api/v1/orders/{id}/returns/{returnId}/reject': { prepare: goodsBack('reject', REASON), answers: 200 },
};
