/** Somebody who calls every route; `nobody` sends no token, and `powerless` has a role without a permission. */
export const CALLERS = ['nobody', 'powerless', 'customer', 'analyst', 'admin'] as const;
export type Caller = (typeof CALLERS)[number];

export interface RouteRule {
  /** The one permission that opens the route; `public` for a route that asks for no token, `signed-in` for one that asks for no more than a token. */
  readonly needs: string;
  /** Roles that may, told here once more and not looked up: a role that is widened by mistake must not pass. */
  readonly roles: readonly Caller[];
  /** What a caller who may is answered for the request as it is sent here, which names nothing that there is. */
  readonly answers: number | readonly number[];
  /** Left out for a request without one. */
  readonly body?: object;
  readonly query?: string;
  /** What a customer is answered about what is another customer's. Needed where a route with an id is for one's own only. */
  readonly strangers?: { readonly path: (world: StrangersWorld) => string; readonly status: 404 | 403; readonly body?: object };
  /** True where the call ends the caller's account or session: it is made by somebody who is not needed afterwards. */
  readonly spends?: boolean;
}

/** What a customer has that is none of another's business. */
export interface StrangersWorld {
  readonly orderId: string;
  readonly sessionId: string;
}

const admin = ['admin'] as const;
const buyers = ['customer', 'admin'] as const;
const readers = ['analyst', 'admin'] as const;
const everybody = ['customer', 'analyst', 'admin'] as const;
/** Also with a role that was emptied: nobody can be kept from signing out. */
const signedIn = ['powerless', 'customer', 'analyst', 'admin'] as const;

const REASON = { reason: 'seen to' };

/**
 * Who may call what. A new route fails `routes.spec.ts` until it has its line here, and so does a line without a route.
 * `{…}` stands for an id of nothing, so that nothing happens when a caller is let through.
 */
export const ROUTE_RULES: Readonly<Record<string, RouteRule>> = {
  'POST /api/v1/auth/register': { needs: 'public', roles: [], answers: 400, body: {} },
  'POST /api/v1/auth/login': { needs: 'public', roles: [], answers: 400, body: {} },
  'POST /api/v1/auth/refresh': { needs: 'public', roles: [], answers: 400, body: {} },
  'GET /.well-known/jwks.json': { needs: 'public', roles: [], answers: 200 },
  'POST /api/v1/payments/callbacks/{provider}': { needs: 'public', roles: [], answers: 404, body: {} },
  'GET /livez': { needs: 'public', roles: [], answers: 200 },
  'GET /readyz': { needs: 'public', roles: [], answers: 200 },
  'GET /metrics': { needs: 'public', roles: [], answers: 200 },

  'GET /api/v1/users/me': { needs: 'users:read:own', roles: everybody, answers: 200 },
  'PATCH /api/v1/users/me': { needs: 'users:write:own', roles: everybody, answers: 200, body: {} },
  'DELETE /api/v1/users/me': { needs: 'users:erase:own', roles: everybody, answers: 400, body: {} },
  'POST /api/v1/users/me/password': { needs: 'signed-in', roles: signedIn, answers: 400, body: {} },
  'GET /api/v1/users/me/data': { needs: 'users:read:own', roles: everybody, answers: 200 },
  'GET /api/v1/users/me/sessions': { needs: 'signed-in', roles: signedIn, answers: 200 },
  'DELETE /api/v1/users/me/sessions': { needs: 'signed-in', roles: signedIn, answers: 204, spends: true },
  'DELETE /api/v1/users/me/sessions/{id}': {
    needs: 'signed-in',
    roles: signedIn,
    answers: 404,
    strangers: { path: ({ sessionId }) => `/api/v1/users/me/sessions/${sessionId}`, status: 404 },
    spends: true,
  },
  'POST /api/v1/auth/logout': { needs: 'signed-in', roles: signedIn, answers: 204, spends: true },
  'GET /api/v1/users': { needs: 'users:manage', roles: admin, answers: 200 },
  'POST /api/v1/users/lookup': { needs: 'users:manage', roles: admin, answers: 404, body: { email: 'nobody@shop.example' } },
  'GET /api/v1/users/{id}': { needs: 'users:manage', roles: admin, answers: 404 },
  'POST /api/v1/users/{id}/roles': { needs: 'users:manage', roles: admin, answers: 404, body: { roles: ['analyst'] } },
  'PUT /api/v1/users/{id}/roles': { needs: 'users:manage', roles: admin, answers: 404, body: { roles: ['analyst'] } },
  'POST /api/v1/users/{id}/deactivate': { needs: 'users:manage', roles: admin, answers: 404 },
  'POST /api/v1/users/{id}/reactivate': { needs: 'users:manage', roles: admin, answers: 404 },

  'DELETE /api/v1/users/{id}': { needs: 'users:erase', roles: admin, answers: 404 },
  'GET /api/v1/users/{id}/data': { needs: 'users:export', roles: admin, answers: 404 },
  'GET /api/v1/admin/erasures': { needs: 'users:erase', roles: admin, answers: 200 },
  'GET /api/v1/admin/erasures/{id}': { needs: 'users:erase', roles: admin, answers: 404 },
  'GET /api/v1/admin/audit-trail': { needs: 'audit-trail:read', roles: admin, answers: 200 },

  'GET /api/v1/admin/permissions': { needs: 'roles:read', roles: admin, answers: 200 },
  'GET /api/v1/admin/roles': { needs: 'roles:read', roles: admin, answers: 200 },
  'GET /api/v1/admin/roles/{name}': { needs: 'roles:read', roles: admin, answers: 404 },
  'PUT /api/v1/admin/roles/{name}': { needs: 'roles:manage', roles: admin, answers: 400, body: { permissions: ['there:is:none'] } },
  'DELETE /api/v1/admin/roles/{name}': { needs: 'roles:manage', roles: admin, answers: 404 },

  'GET /api/v1/products': { needs: 'catalog:read', roles: everybody, answers: 200 },
  'GET /api/v1/products/{sku}': { needs: 'catalog:read', roles: everybody, answers: 404 },
  'GET /api/v1/products/{sku}/prices': { needs: 'catalog:read', roles: everybody, answers: 404 },
  'GET /api/v1/products/popular': { needs: 'catalog:read', roles: everybody, answers: 200 },
  'POST /api/v1/products': { needs: 'catalog:write', roles: admin, answers: 400, body: {} },
  'PATCH /api/v1/products/{sku}': { needs: 'catalog:write', roles: admin, answers: 404, body: { name: 'Lantern' } },
  'POST /api/v1/products/{sku}/retire': { needs: 'catalog:write', roles: admin, answers: 404 },
  'POST /api/v1/products/{sku}/stock': { needs: 'stock:write', roles: admin, answers: 404, body: { quantity: 1, reason: 'received' } },
  'PUT /api/v1/products/{sku}/stock/threshold': { needs: 'stock:write', roles: admin, answers: 404, body: { threshold: 1 } },

  'GET /api/v1/orders': { needs: 'orders:read:own', roles: buyers, answers: 200 },
  'GET /api/v1/orders/{id}': {
    needs: 'orders:read:own',
    roles: buyers,
    answers: 404,
    strangers: { path: ({ orderId }) => `/api/v1/orders/${orderId}`, status: 404 },
  },
  'GET /api/v1/orders/{id}/history': {
    needs: 'orders:read:own',
    roles: buyers,
    answers: 404,
    strangers: { path: ({ orderId }) => `/api/v1/orders/${orderId}/history`, status: 404 },
  },
  'POST /api/v1/orders': { needs: 'orders:create', roles: buyers, answers: 400, body: {} },
  'POST /api/v1/orders/{id}/cancel': {
    needs: 'orders:cancel:own',
    roles: buyers,
    answers: 404,
    body: REASON,
    strangers: { path: ({ orderId }) => `/api/v1/orders/${orderId}/cancel`, status: 404, body: REASON },
  },
  'POST /api/v1/orders/{id}/returns': {
    needs: 'orders:return:own',
    roles: buyers,
    answers: 404,
    body: REASON,
    strangers: { path: ({ orderId }) => `/api/v1/orders/${orderId}/returns`, status: 404, body: REASON },
  },
  'POST /api/v1/orders/{id}/returns/{returnId}/receive': { needs: 'orders:manage', roles: admin, answers: 404 },
  'POST /api/v1/orders/{id}/returns/{returnId}/reject': { needs: 'orders:manage', roles: admin, answers: 404, body: REASON },
  'POST /api/v1/orders/{id}/confirm': { needs: 'orders:manage', roles: admin, answers: 404 },
  'POST /api/v1/orders/{id}/ship': { needs: 'orders:manage', roles: admin, answers: 404 },
  'POST /api/v1/orders/{id}/deliver': { needs: 'orders:manage', roles: admin, answers: 404 },
  'POST /api/v1/orders/{id}/cancel-remainder': { needs: 'orders:manage', roles: admin, answers: 404, body: REASON },
  'POST /api/v1/orders/{id}/credit-notes': { needs: 'orders:manage', roles: admin, answers: 400, body: {} },
  'POST /api/v1/import/batch': { needs: 'orders:import', roles: admin, answers: 400, body: {} },

  'GET /api/v1/analytics/sales': { needs: 'analytics:read', roles: readers, answers: 200 },
  'GET /api/v1/analytics/products/top': { needs: 'analytics:read', roles: readers, answers: 200 },
  'GET /api/v1/analytics/stock': { needs: 'analytics:read', roles: readers, answers: 200 },

  'GET /api/v1/admin/sagas': { needs: 'sagas:read', roles: admin, answers: 200 },
  'GET /api/v1/admin/sagas/{saga}/{id}': { needs: 'sagas:read', roles: admin, answers: 404 },
  'POST /api/v1/admin/sagas/{saga}/{id}/retry': { needs: 'sagas:manage', roles: admin, answers: 404 },
  'POST /api/v1/admin/sagas/{saga}/{id}/skip': { needs: 'sagas:manage', roles: admin, answers: 404, body: { step: 'none', ...REASON } },
  'POST /api/v1/admin/sagas/{saga}/{id}/compensate': { needs: 'sagas:manage', roles: admin, answers: 404, body: REASON },
  'POST /api/v1/admin/audit': { needs: 'system:audit', roles: admin, answers: 200 },
  'GET /api/v1/admin/read-models': { needs: 'system:rebuild', roles: admin, answers: 200 },
  'POST /api/v1/admin/read-models/{name}/rebuild': { needs: 'system:rebuild', roles: admin, answers: 404 },
  'POST /api/v1/admin/read-models/{name}/rollback': { needs: 'system:rebuild', roles: admin, answers: 404 },

  'GET /api/v1/dead-letters/{context}': { needs: 'dead-letters:manage', roles: admin, answers: 404 },
  'GET /api/v1/dead-letters/{context}/{id}': { needs: 'dead-letters:manage', roles: admin, answers: 404 },
  'POST /api/v1/dead-letters/{context}/{id}/retry': { needs: 'dead-letters:manage', roles: admin, answers: 404 },
  'POST /api/v1/dead-letters/{context}/{id}/discard': { needs: 'dead-letters:manage', roles: admin, answers: 404, body: REASON },

  'GET /api/v1/admin/cache': { needs: 'cache:purge', roles: admin, answers: 200 },
  'DELETE /api/v1/admin/cache/{keyOrBranch}': { needs: 'cache:purge', roles: admin, answers: 204 },
  // 409 while the rotation of an earlier call is under way.
  'POST /api/v1/admin/signing-keys/rotate': { needs: 'system:keys', roles: admin, answers: [200, 409] },
};
