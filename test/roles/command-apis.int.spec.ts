import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { freePort } from '@adapters/runtime/src/embedded/free-port.js';
import { commandApiConfig, type CommandApiConfig } from '@composition/config/roles.js';
import type { Context } from '@composition/contexts.js';
import { CommandTransport, type Reception } from '@kernel/ports/command-transport.js';
import pg from 'pg';
import { testDatabase, type TestDatabase } from '@testing/postgres.js';
import { start } from '../../apps/command-api/src/command-api.js';
import { roleApp, type RoleApp } from '../support/role-app.js';

const ADMIN = { email: 'admin@shop.example', password: 'correct horse battery' };
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

/** By which nothing comes: what is tested here is answered without Kafka. */
class Silence extends CommandTransport {
  send = async (): Promise<void> => undefined;
  receive = (): Reception => ({ close: async () => undefined });
  read = (): never => {
    throw new Error('nothing came');
  };
  close = async (): Promise<void> => undefined;
}

/** Identity, catalog and ordering as services of their own, each with a database of its own, and no Kafka. */
class Shop {
  readonly apps = new Map<Context, RoleApp>();
  private readonly databases = new Map<Context, TestDatabase>();
  private readonly ports = new Map<string, number>();
  private readonly secrets = { RPC_SECRET: randomBytes(24).toString('hex'), MASTER_KEY: randomBytes(32).toString('base64') };

  static async open(): Promise<Shop> {
    const shop = new Shop();
    for (const name of ['identity', 'catalog', 'ordering', 'analytics']) shop.ports.set(name, await freePort());
    // Together, as a deployment would: catalog and ordering wait for identity.
    await Promise.all((['ordering', 'catalog', 'identity'] as const).map((context) => shop.start(context)));
    return shop;
  }

  async start(context: Context): Promise<void> {
    if (!this.databases.has(context)) this.databases.set(context, await testDatabase());
    this.apps.set(
      context,
      await roleApp(`command-api ${context}`, this.config(context), (parts) => start(parts, parts.config.kafka ? new Silence() : null)),
    );
  }

  async stop(context: Context): Promise<void> {
    await this.apps.get(context)!.close();
    this.apps.delete(context);
  }

  config(context: Context): CommandApiConfig {
    const addresses = [...this.ports].map(([name, port]) => [`${name.toUpperCase()}_RPC`, `127.0.0.1:${port}`]);
    return commandApiConfig({
      ...this.secrets,
      ...Object.fromEntries(addresses),
      CONTEXTS: context,
      [`${context.toUpperCase()}_DATABASE_URL`]: this.databases.get(context)!.url,
      RPC_PORT: String(this.ports.get(context)),
      RPC_TIMEOUT_MS: '1000',
      KAFKA_BROKERS: '127.0.0.1:9',
      RATE_LIMIT: 'off',
      JWT_PRIVATE_KEY: privateKey,
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      PAYMENT_CALLBACK_KEY: 'k'.repeat(32),
      SIMULATED_PAYMENT_DELAY_MS: '3600000',
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.apps.values()].map((app) => app.close()));
    await Promise.all([...this.databases.values()].map((database) => database.drop()));
  }

  async ask(context: Context, method: string, path: string, { token, body, headers = {} }: Asked = {}) {
    const answer = await fetch(`${this.apps.get(context)!.url}${path}`, {
      method,
      headers: { ...(token && { authorization: `Bearer ${token}` }), ...(body && { 'content-type': 'application/json' }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: (text === '' ? null : JSON.parse(text)) as Record<string, never> };
  }

  /** What identity has recorded that operators did, with who did it. */
  async operations() {
    const client = new pg.Client({ connectionString: this.databases.get('identity')!.url });
    await client.connect();
    const { rows } = await client.query<{ actor: string; data: string }>(
      `select actor, data from identity.event where type = 'identity.OperationRecorded' order by stream_id, stream_version`,
    );
    await client.end();
    return rows.map(({ actor, data }) => ({ actor, ...(JSON.parse(data) as object) }));
  }

  async signIn(email: string, password: string): Promise<string> {
    const { body } = await this.ask('identity', 'POST', '/api/v1/auth/login', { body: { email, password } });
    return String(body['accessToken']);
  }

  async register(): Promise<{ id: string; token: string; email: string }> {
    const email = `${randomBytes(6).toString('hex')}@shop.example`;
    const { body } = await this.ask('identity', 'POST', '/api/v1/auth/register', { body: { email, password: ADMIN.password, name: 'Ada' } });
    return { id: String(body['id']), email, token: await this.signIn(email, ADMIN.password) };
  }
}

interface Asked {
  readonly token?: string;
  readonly body?: object;
  readonly headers?: Record<string, string>;
}

let shop: Shop;
let admin: string;
beforeAll(async () => {
  shop = await Shop.open();
  admin = await shop.signIn(ADMIN.email, ADMIN.password);
  const product = { sku: 'MUG', name: 'Mug', category: 'kitchen', price: { amount: '4.95', currency: 'GBP' } };
  await shop.ask('catalog', 'POST', '/api/v1/products', { token: admin, body: product });
  await shop.ask('catalog', 'POST', '/api/v1/products/MUG/stock', { token: admin, body: { quantity: 10, reason: 'received' } });
});
afterAll(() => shop?.close());

const order = { country: 'GB', lines: [{ sku: 'MUG', quantity: 2 }] };

it('takes an order of a customer whom identity knows, for goods that the catalog sells', async () => {
  const { token, id } = await shop.register();
  const placed = await shop.ask('ordering', 'POST', '/api/v1/orders', { token, body: order });
  expect(placed).toMatchObject({ status: 201, body: { status: 'placed' } });
  const read = await shop.ask('ordering', 'GET', `/api/v1/orders/${String(placed.body['orderId'] ?? placed.body['id'])}`, { token });
  expect(read).toMatchObject({ status: 200, body: { customerId: id, total: { amount: '9.90', currency: 'GBP' } } });
});

it('refuses what the catalog does not sell', async () => {
  const { token } = await shop.register();
  const asked = await shop.ask('ordering', 'POST', '/api/v1/orders', { token, body: { ...order, lines: [{ sku: 'NONE', quantity: 1 }] } });
  expect(asked).toMatchObject({ status: 400, body: { code: 'ordering.product-unknown' } });
});

it('lets a session that was ended at identity into no service', async () => {
  const { token } = await shop.register();
  expect((await shop.ask('ordering', 'GET', '/api/v1/orders', { token })).status).toBe(200);
  await shop.ask('identity', 'POST', '/api/v1/auth/logout', { token });
  for (let status = 200; status !== 401;) ({ status } = await shop.ask('ordering', 'GET', '/api/v1/orders', { token }));
});

it('imports history of both contexts through ordering', async () => {
  const commands = [
    { idempotencyKey: 'p-1', kind: 'product', sku: 'OLD', name: 'Old mug', category: 'kitchen', price: { amount: '2.55', currency: 'GBP' } },
    {
      idempotencyKey: 'o-1',
      kind: 'order',
      invoiceNo: '536365',
      placedAt: '2010-12-01T08:26:00.000Z',
      customerId: '17850',
      country: 'United Kingdom',
      currency: 'GBP',
      lines: [{ sku: 'OLD', name: 'Old mug', category: 'kitchen', quantity: 6, unitPrice: '2.55' }],
    },
  ];
  const answer = await shop.ask('ordering', 'POST', '/api/v1/import/batch', { token: admin, body: { commands } });
  expect(answer).toMatchObject({ status: 200, body: { results: [{ outcome: 'created' }, { outcome: 'created' }] } });
  expect(await shop.ask('catalog', 'GET', '/api/v1/products/OLD', { token: admin })).toMatchObject({ status: 200, body: { name: 'Old mug' } });
  const again = await shop.ask('ordering', 'POST', '/api/v1/import/batch', { token: admin, body: { commands } });
  expect(again).toMatchObject({ status: 200, body: { results: [{ outcome: 'replayed' }, { outcome: 'replayed' }] } });
});

it('has identity record what operators do to another service, by whom', async () => {
  expect((await shop.ask('catalog', 'DELETE', '/api/v1/admin/cache/catalog:list:*', { token: admin })).status).toBeLessThan(300);
  const { body: me } = await shop.ask('identity', 'GET', '/api/v1/users/me', { token: admin });
  const purge = { actor: me['id'], operation: 'purge-cache', target: 'catalog:list:*' };
  expect(await shop.operations()).toMatchObject([
    { ...purge, outcome: 'begun' },
    { ...purge, outcome: 'done' },
  ]);
});

it('serves the whole document everywhere, and its own routes only', async () => {
  const published = JSON.parse(readFileSync('docs/api/openapi.json', 'utf8')) as unknown;
  for (const context of ['identity', 'catalog', 'ordering'] as const) expect((await shop.ask(context, 'GET', '/docs-json')).body).toEqual(published);
  expect((await shop.ask('identity', 'GET', '/api/v1/orders', { token: admin })).status).toBe(404);
});

it('is ready by its own engines', async () => {
  expect(await shop.ask('ordering', 'GET', '/readyz')).toMatchObject({
    status: 200,
    body: { status: 'ready', engines: { postgres: { status: 'up' } } },
  });
});

it('has no export of a person’s data while a part of it cannot be read', async () => {
  const { token } = await shop.register();
  // There is no query-api here.
  expect(await shop.ask('identity', 'GET', '/api/v1/users/me/data', { token })).toMatchObject({ status: 503, body: { code: 'service.unavailable' } });
});

it('takes no order while the catalog is away, and does again once it is back', async () => {
  const { token } = await shop.register();
  await shop.stop('catalog');
  const refused = await shop.ask('ordering', 'POST', '/api/v1/orders', { token, body: order });
  expect(refused).toMatchObject({ status: 503, body: { code: 'service.unavailable' } });
  await shop.start('catalog');
  let status = 503;
  while (status === 503) ({ status } = await shop.ask('ordering', 'POST', '/api/v1/orders', { token, body: order }));
  expect(status).toBe(201);
});

it('goes on verifying tokens while identity is away', async () => {
  const { token } = await shop.register();
  expect((await shop.ask('ordering', 'GET', '/api/v1/orders', { token })).status).toBe(200);
  await shop.stop('identity');
  expect((await shop.ask('ordering', 'GET', '/api/v1/orders', { token })).status).toBe(200);
  expect(await shop.ask('ordering', 'POST', '/api/v1/orders', { token, body: order })).toMatchObject({ status: 503 });
  await shop.start('identity');
});
