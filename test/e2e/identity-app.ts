import { generateKeyPairSync, hash, randomBytes } from 'node:crypto';
import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { StoredAggregates } from '@adapters/event-store/src/aggregate-repository.js';
import { ContextDatabase, Databases } from '@adapters/event-store/src/context-database.js';
import { PostgresEventStores } from '@adapters/event-store/src/event-stores.js';
import { EnvelopePersonalData } from '@adapters/event-store/src/personal-data/envelope.js';
import { MasterKeyWrapper } from '@adapters/event-store/src/personal-data/key-wrapper.js';
import { PostgresSubjectKeys } from '@adapters/event-store/src/personal-data/postgres-subject-keys.js';
import { PostgresReads } from '@adapters/event-store/src/postgres-reads.js';
import { AuthModule } from '@adapters/runtime/src/auth/index.js';
import { createHttpApp } from '@adapters/runtime/src/http/bootstrap.js';
import { AsyncRequestContext } from '@adapters/runtime/src/http/request-scope.js';
import { SystemClock } from '@adapters/runtime/src/system-clock.js';
import { identityEvents } from '@contexts/identity/src/contract/events.js';
import { IdentityModule } from '@contexts/identity/src/identity.module.js';
import { Clock } from '@kernel/clock.js';
import { Aggregates } from '@kernel/ports/aggregates.js';
import { EventStores } from '@kernel/ports/event-store.js';
import { PersonalData } from '@kernel/ports/personal-data.js';
import { RequestContext } from '@kernel/ports/request-context.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import { SchemaRegistry } from '@kernel/schema-registry.js';
import { identityMigrations } from '@migrations/postgres/src/identity/index.js';
import { testDatabase } from '@testing/postgres.js';

const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

/** The identity context alone behind its real edge and on a database of its own. */
export async function identityApp({ rateLimit = false } = {}) {
  const server = await testDatabase();
  const database = await ContextDatabase.connect({ context: 'identity', url: server.url, migrations: identityMigrations });
  await database.migrate();
  const registry = new SchemaRegistry(identityEvents);
  const [scope, clock, masterKey] = [new AsyncRequestContext(), new SystemClock(), randomBytes(32)];
  const logged: unknown[] = [];
  const stores = new PostgresEventStores({ databases: [database], registry, scope, clock, onError: (error) => logged.push(error) });
  const personalData = new EnvelopePersonalData(new PostgresSubjectKeys(database), new MasterKeyWrapper(masterKey), masterKey);
  const shared = [
    { provide: RequestContext, useValue: scope },
    { provide: Clock, useValue: clock },
    { provide: EventStores, useValue: stores },
    { provide: Aggregates, useValue: new StoredAggregates(stores, registry, scope) },
    { provide: TransactionalReads, useValue: new PostgresReads(new Databases([database])) },
    { provide: PersonalData, useValue: personalData },
  ];

  @Module({})
  class IdentityApp {}
  const auth = AuthModule.forRoot({ ...keys, ttlSeconds: 900, bcryptCost: 10, rateLimit });
  const app: NestFastifyApplication = await createHttpApp(
    { module: IdentityApp, global: true, imports: [auth, IdentityModule], providers: shared, exports: shared.map(({ provide }) => provide) },
    { log: { error: (details) => logged.push(details) }, version: 'test' },
  );
  await app.init();
  await app.getHttpAdapter().getInstance().ready();

  return {
    app,
    personalData,
    /** Errors that were nobody's fault but ours. */
    logged,
    post: (url: string, payload: object, headers: Record<string, string> = {}) => app.inject({ method: 'POST', url, payload, headers }),
    get: (url: string, headers: Record<string, string> = {}) => app.inject({ method: 'GET', url, headers }),
    ask: <Row extends object>(text: string) => database.query<Row>({ name: hash('md5', text), text }, []),
    migrateDown: () => database.migrateDown(),
    close: async () => {
      await app.close();
      await stores.stop();
      await database.close();
      await server.drop();
    },
  };
}

export type IdentityAppUnderTest = Awaited<ReturnType<typeof identityApp>>;
