import { generateKeyPairSync, hash, randomBytes } from 'node:crypto';
import { Module } from '@nestjs/common';
import { EnvelopePersonalData } from '@adapters/event-store/src/personal-data/envelope.js';
import { MasterKeyWrapper } from '@adapters/event-store/src/personal-data/key-wrapper.js';
import { StoredBulkCommands } from '@adapters/event-store/src/stored-bulk-commands.js';
import { AuthModule, TokenIssuer } from '@adapters/runtime/src/auth/index.js';
import { createHttpApp } from '@adapters/runtime/src/http/bootstrap.js';
import { heldBackFor } from '@adapters/runtime/src/http/prefer.js';
import { SystemClock } from '@adapters/runtime/src/system-clock.js';
import { Products, type SellableProduct } from '@contexts/catalog/src/contract/products.js';
import { Customers } from '@contexts/identity/src/contract/customers.js';
import { permissionsOf, type Role } from '@contexts/identity/src/contract/roles.js';
import { OrderingModule } from '@contexts/ordering/src/ordering.module.js';
import { ShopTerms } from '@contexts/ordering/src/shop-terms.js';
import { Clock } from '@kernel/clock.js';
import { BulkCommands } from '@kernel/ports/bulk.js';
import { CommandInbox } from '@kernel/ports/command-inbox.js';
import { EventStores } from '@kernel/ports/event-store.js';
import { Aggregates } from '@kernel/ports/aggregates.js';
import { PaymentProvider, type ProviderNotice } from '@kernel/ports/payment-provider.js';
import { Sagas } from '@kernel/ports/sagas.js';
import { PersonalData } from '@kernel/ports/personal-data.js';
import { RequestContext } from '@kernel/ports/request-context.js';
import { Revocations } from '@kernel/ports/revocations.js';
import { SigningKeyStore } from '@kernel/ports/signing-keys.js';
import type { SagaStanding } from '@kernel/saga.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import { Refusal } from '@kernel/refusal.js';
import { MemoryInbox } from './saga-world-outbox.js';
import { testOrdering } from './ordering.js';
import { KeysInMemory, KnownRevocations } from './tokens-in-memory.js';

const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

/** A signature of a test's callbacks: a digest of the very bytes. */
export const signed = (body: string) => ({ 'content-type': 'application/json', 'x-signature': hash('sha256', body) });

/** A provider of which only the callbacks are real. */
const provider = {
  name: 'paper',
  defaultToken: 'tok_paper',
  notice(body: string, headers: Readonly<Record<string, string | undefined>>): ProviderNotice | null {
    if (headers['x-signature'] !== hash('sha256', body)) throw new Refusal('payment.callback-unsigned', 'unauthenticated', 'not signed');
    const notice = JSON.parse(body) as ProviderNotice | { type: 'ping' };
    return notice.type === 'ping' ? null : notice;
  },
};

export interface OrderingAppOptions {
  readonly products: readonly SellableProduct[];
  /** Ids of the customers that there are. */
  readonly customers: readonly string[];
  readonly terms?: ShopTerms;
  readonly rateLimit?: boolean;
}

/** The ordering context alone behind its real edge and on a database of its own; the catalog, identity and the payment provider are on paper. */
export async function orderingApp(options: OrderingAppOptions) {
  const { products, customers, terms = { currency: 'GBP', shipping: null, taxRates: {} }, rateLimit = false } = options;
  const ordering = await testOrdering();
  const masterKey = randomBytes(32);
  const logged: unknown[] = [];
  const waits: number[] = [];
  const workflow: { status: SagaStanding['status']; step: string } = { status: 'resting', step: 'ship-order' };
  const shared = [
    { provide: RequestContext, useValue: ordering.scope },
    { provide: Clock, useValue: new SystemClock() },
    { provide: EventStores, useValue: ordering.stores },
    { provide: Aggregates, useValue: ordering.aggregates },
    { provide: BulkCommands, useValue: new StoredBulkCommands(ordering.stores, ordering.scope) },
    { provide: TransactionalReads, useValue: ordering.reads },
    { provide: PersonalData, useValue: new EnvelopePersonalData(undefined as never, new MasterKeyWrapper(masterKey), masterKey) },
    { provide: SigningKeyStore, useValue: new KeysInMemory() },
    { provide: Revocations, useValue: new KnownRevocations() },
    { provide: CommandInbox, useValue: new MemoryInbox() },
    // Nothing drives sagas here: each order's workflow stands where a test says.
    { provide: Sagas, useValue: { list: async () => [workflow] } },
    { provide: PaymentProvider, useValue: provider },
    { provide: ShopTerms, useValue: terms },
    { provide: Products, useValue: { find: async () => new Map(products.map((product) => [product.sku, product])) } satisfies Products },
    { provide: Customers, useValue: { find: async () => new Map(customers.map((id) => [id, { id, active: true }])) } satisfies Customers },
  ];

  @Module({})
  class OrderingApp {}
  const auth = AuthModule.forRoot({ ...keys, ttlSeconds: 900, bcryptCost: 10, rateLimit });
  const start = async () => {
    const made = await createHttpApp(
      { module: OrderingApp, global: true, imports: [auth, OrderingModule], providers: shared, exports: shared.map(({ provide }) => provide) },
      { log: { error: (details) => logged.push(details) }, version: 'test' },
    );
    const server = made.getHttpAdapter().getInstance();
    server.addHook('onResponse', (request, _reply, done) => {
      if (heldBackFor(request) > 0) waits.push(heldBackFor(request));
      done();
    });
    await made.init();
    await server.ready();
    return made;
  };
  // Connections of a shop that did not start would keep the test run from ending.
  const app = await start().catch(async (error: unknown) => {
    await ordering.close();
    throw error;
  });

  return {
    ...ordering,
    app,
    /** Where the workflow of every order stands. */
    workflow,
    /** Errors that were nobody's fault but ours. */
    logged,
    /** For how long, ms, each answer was held back that a caller had preferred to wait for. */
    waits,
    /** Requests of somebody who is signed in. */
    as: async (id: string, ...roles: Role[]) => {
      const { accessToken } = await app.get(TokenIssuer).issue({ id, roles, permissions: permissionsOf(roles), sessionId: 'session' });
      const authorization = `Bearer ${accessToken}`;
      const ask = async (method: 'GET' | 'POST', path: string, payload?: object, headers: Record<string, string> = {}) => {
        const answer = await app.inject({ method, url: `/api/v1${path}`, ...(payload && { payload }), headers: { authorization, ...headers } });
        return { status: answer.statusCode, headers: answer.headers, body: answer.json<Record<string, unknown>>() };
      };
      return {
        get: (path: string) => ask('GET', path),
        post: (path: string, payload?: object, headers?: Record<string, string>) => ask('POST', path, payload, headers),
      };
    },
    close: async () => {
      await app.close();
      await ordering.close();
    },
  };
}

export type OrderingAppUnderTest = Awaited<ReturnType<typeof orderingApp>>;
