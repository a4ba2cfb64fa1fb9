import { generateKeyPairSync, hash, randomBytes } from 'node:crypto';
import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Caching } from '@adapters/cache/src/caching.js';
import { StoredAggregates } from '@adapters/event-store/src/aggregate-repository.js';
import { ContextDatabase, Databases } from '@adapters/event-store/src/context-database.js';
import { PostgresEventStores } from '@adapters/event-store/src/event-stores.js';
import { EnvelopePersonalData } from '@adapters/event-store/src/personal-data/envelope.js';
import { MasterKeyWrapper } from '@adapters/event-store/src/personal-data/key-wrapper.js';
import { PostgresSubjectKeys } from '@adapters/event-store/src/personal-data/postgres-subject-keys.js';
import { PostgresReads } from '@adapters/event-store/src/postgres-reads.js';
import { PolledRevocations } from '@adapters/event-store/src/tokens/polled-revocations.js';
import { PostgresRevocations } from '@adapters/event-store/src/tokens/revocation-source.js';
import { PostgresSigningKeys } from '@adapters/event-store/src/tokens/postgres-signing-keys.js';
import { AuthModule, type AuthSettings } from '@adapters/runtime/src/auth/index.js';
import { SharedLockoutCounters, type LockoutCounters } from '@adapters/runtime/src/auth/lockout-counters.js';
import { createHttpApp } from '@adapters/runtime/src/http/bootstrap.js';
import { PolicyBreakers } from '@adapters/runtime/src/resilience/policy-breakers.js';
import { AsyncRequestContext } from '@adapters/runtime/src/http/request-scope.js';
import { identityEvents } from '@contexts/identity/src/contract/events.js';
import { IdentityModule } from '@contexts/identity/src/identity.module.js';
import { profileCacheRule } from '@contexts/identity/src/read-models/users/profile-cache.js';
import { Clock } from '@kernel/clock.js';
import { Aggregates } from '@kernel/ports/aggregates.js';
import { Cache } from '@kernel/ports/cache.js';
import { RateLimiters } from '@kernel/ports/rate-limiters.js';
import { EventStores } from '@kernel/ports/event-store.js';
import { PersonalData } from '@kernel/ports/personal-data.js';
import { RequestContext } from '@kernel/ports/request-context.js';
import { Revocations } from '@kernel/ports/revocations.js';
import { SigningKeyStore } from '@kernel/ports/signing-keys.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import { SchemaRegistry } from '@kernel/schema-registry.js';
import { identityMigrations } from '@migrations/postgres/src/identity/index.js';
import { testDatabase, type TestDatabase } from '@testing/postgres.js';

const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

/** The machine's clock, some time ahead. */
class MovableClock extends Clock {
  private aheadMs = 0;

  now(): string {
    return new Date(Date.now() + this.aheadMs).toISOString();
  }

  advance(seconds: number): void {
    this.aheadMs += seconds * 1000;
  }
}

/** The key that its first tokens are signed with. */
export const firstKey = keys;

export interface IdentityAppOptions {
  readonly redisUrl?: string;
  /** Another one, whose database and keys it shares, as a second process of the same shop does. To be closed before that one. */
  readonly beside?: { readonly shared: SharedIdentity };
  /** From one look for revoked tokens to the next, ms. */
  readonly revocationsMs?: number;
  /** The way to its database. */
  readonly through?: (databaseUrl: string) => Promise<string>;
}

interface SharedIdentity {
  readonly server: TestDatabase;
  readonly masterKey: Buffer;
}

/** The identity context alone behind its real edge and on a database of its own. */
export async function identityApp(
  settings: Partial<AuthSettings> = {},
  { redisUrl, beside, revocationsMs = 20, through = async (url) => url }: IdentityAppOptions = {},
) {
  const shared = beside?.shared ?? { server: await testDatabase(), masterKey: randomBytes(32) };
  const { server, masterKey } = shared;
  const breakers = new PolicyBreakers();
  const database = await ContextDatabase.connect({ context: 'identity', url: await through(server.url), migrations: identityMigrations, breakers });
  await database.migrate();
  const registry = new SchemaRegistry(identityEvents);
  const [scope, clock] = [new AsyncRequestContext(), new MovableClock()];
  const logged: unknown[] = [];
  const onError = (error: unknown): void => void logged.push(error);
  const caching = new Caching({ redisUrl, breakers, scope, rules: [profileCacheRule], onRedis: () => undefined, onError });
  const stores = new PostgresEventStores({
    databases: [database],
    registry,
    scope,
    clock,
    onError,
    committed: (context, events) => caching.invalidation.committed(context, events),
  });
  const wrapper = new MasterKeyWrapper(masterKey);
  const personalData = new EnvelopePersonalData(new PostgresSubjectKeys(database), wrapper, masterKey);
  const source = new PostgresRevocations(database);
  const revocations = new PolledRevocations({ source, onError, intervalMs: revocationsMs, onUser: (id) => personalData.drop(id) });
  const ports = [
    { provide: RequestContext, useValue: scope },
    { provide: Clock, useValue: clock },
    { provide: EventStores, useValue: stores },
    { provide: Aggregates, useValue: new StoredAggregates(stores, registry, scope) },
    { provide: TransactionalReads, useValue: new PostgresReads(new Databases([database])) },
    { provide: PersonalData, useValue: personalData },
    { provide: SigningKeyStore, useValue: new PostgresSigningKeys(database, wrapper) },
    { provide: Revocations, useValue: revocations },
    { provide: Cache, useValue: caching.cache },
    ...(redisUrl === undefined
      ? []
      : [
          { provide: RateLimiters, useValue: caching.limiters },
          { provide: SharedLockoutCounters, useValue: sharedCounters(caching) },
        ]),
  ];

  @Module({})
  class IdentityApp {}
  const auth = AuthModule.forRoot({ privateKey: keys.privateKey, ttlSeconds: 900, bcryptCost: 10, rateLimit: false, ...settings });
  const app: NestFastifyApplication = await createHttpApp(
    { module: IdentityApp, global: true, imports: [auth, IdentityModule], providers: ports, exports: ports.map(({ provide }) => provide) },
    { log: { error: (details) => logged.push(details) }, version: 'test' },
  );
  await app.init();
  await revocations.start();
  await caching.redis.start();
  await app.getHttpAdapter().getInstance().ready();

  return {
    app,
    shared,
    clock,
    personalData,
    revocations,
    /** Errors that were nobody's fault but ours. */
    logged,
    post: (url: string, payload: object, headers: Record<string, string> = {}) => app.inject({ method: 'POST', url, payload, headers }),
    send: (method: 'PATCH' | 'DELETE', url: string, headers: Record<string, string> = {}, payload?: object) =>
      app.inject({ method, url, headers, ...(payload && { payload }) }),
    get: (url: string, headers: Record<string, string> = {}) => app.inject({ method: 'GET', url, headers }),
    ask: <Row extends object>(text: string) => database.query<Row>({ name: hash('md5', text), text }, []),
    migrateDown: () => database.migrateDown(),
    close: async () => {
      await app.close();
      await revocations.stop();
      await caching.stop();
      breakers.stop();
      await stores.stop();
      await database.close();
      if (!beside) await server.drop();
    },
  };
}

const sharedCounters = ({ limiters }: Caching): LockoutCounters => ({
  make: ({ keyPrefix: name, points, duration: durationSeconds }) => limiters.flexible({ name, points, durationSeconds }),
});

export type IdentityAppUnderTest = Awaited<ReturnType<typeof identityApp>>;
