import { Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Caching } from '@adapters/cache/src/caching.js';
import { LogEventBus } from '@adapters/event-bus/src/log-event-bus.js';
import { StoredAggregates } from '@adapters/event-store/src/aggregate-repository.js';
import { Databases } from '@adapters/event-store/src/context-database.js';
import { PostgresEventStores } from '@adapters/event-store/src/event-stores.js';
import { EnvelopePersonalData } from '@adapters/event-store/src/personal-data/envelope.js';
import { MasterKeyWrapper } from '@adapters/event-store/src/personal-data/key-wrapper.js';
import { PostgresSubjectKeys } from '@adapters/event-store/src/personal-data/postgres-subject-keys.js';
import { PostgresReads } from '@adapters/event-store/src/postgres-reads.js';
import { StoredBulkCommands } from '@adapters/event-store/src/stored-bulk-commands.js';
import { PolledRevocations } from '@adapters/event-store/src/tokens/polled-revocations.js';
import { PostgresSigningKeys } from '@adapters/event-store/src/tokens/postgres-signing-keys.js';
import { MemoryRateLimiters } from '@adapters/runtime/src/auth/memory-limiters.js';
import { SharedLockoutCounters, type LockoutCounters } from '@adapters/runtime/src/auth/lockout-counters.js';
import { Config } from '@adapters/runtime/src/config.js';
import { AsyncRequestContext } from '@adapters/runtime/src/http/request-scope.js';
import type { Secrets } from '@adapters/runtime/src/secrets.js';
import { SystemClock } from '@adapters/runtime/src/system-clock.js';
import { Telemetry } from '@adapters/runtime/src/telemetry/telemetry.js';
import { catalogEvents } from '@contexts/catalog/src/contract/events.js';
import { productCacheRule } from '@contexts/catalog/src/read-models/products/product-cache.js';
import { identityEvents } from '@contexts/identity/src/contract/events.js';
import { profileCacheRule } from '@contexts/identity/src/read-models/users/profile-cache.js';
import { orderingEvents } from '@contexts/ordering/src/contract/events.js';
import { Clock } from '@kernel/clock.js';
import { Aggregates } from '@kernel/ports/aggregates.js';
import { Breakers } from '@kernel/ports/breakers.js';
import { BulkCommands } from '@kernel/ports/bulk.js';
import { Cache, CacheInspection } from '@kernel/ports/cache.js';
import { EventBus } from '@kernel/ports/event-bus.js';
import { EventStores } from '@kernel/ports/event-store.js';
import { PersonalData } from '@kernel/ports/personal-data.js';
import { RateLimiters } from '@kernel/ports/rate-limiters.js';
import { RequestContext } from '@kernel/ports/request-context.js';
import { Revocations } from '@kernel/ports/revocations.js';
import { SigningKeyStore } from '@kernel/ports/signing-keys.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import { SchemaRegistry } from '@kernel/schema-registry.js';
import type { Logger } from 'pino';
import { CONTEXTS } from './databases.js';

export interface PlatformOptions {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly databases: Databases;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly breakers: Breakers;
}

/** Answers the kernel's ports with their adapters, for every context of this process. */
@Module({})
export class PlatformModule {
  static forRoot({ config, secrets, databases, logger, telemetry, breakers }: PlatformOptions): DynamicModule {
    const registry = new SchemaRegistry([...identityEvents, ...catalogEvents, ...orderingEvents]);
    const [clock, scope] = [new SystemClock(), new AsyncRequestContext()];
    const onError = (err: unknown, what: string): void => logger.error({ err }, what);
    const caching = new Caching({
      redisUrl: config.redisUrl,
      breakers,
      scope,
      rules: [productCacheRule, profileCacheRule],
      onRedis: (status, reason) => logger.warn({ reason }, status === 'up' ? 'Redis is back' : 'Redis is away: memory stands in for it'),
      onError,
    });
    const stores = new PostgresEventStores({
      databases: CONTEXTS.map((context) => databases.get(context)),
      registry,
      scope,
      clock,
      onError,
      committed: (context, events) => caching.invalidation.committed(context, events),
    });
    const keys = new PostgresSubjectKeys(databases.get('identity'));
    const wrapper = new MasterKeyWrapper(secrets.masterKey);
    const personalData = new EnvelopePersonalData(keys, wrapper, secrets.masterKey);
    const revocations = new PolledRevocations({
      database: databases.get('identity'),
      onError: (error) => onError(error, 'cannot read the revocations: what was revoked before counts'),
      onUser: (userId) => personalData.drop(userId),
    });
    const ports = [
      { provide: Config, useValue: config },
      { provide: Telemetry, useValue: telemetry },
      { provide: Databases, useValue: databases },
      { provide: SchemaRegistry, useValue: registry },
      { provide: Clock, useValue: clock },
      { provide: RequestContext, useValue: scope },
      { provide: Breakers, useValue: breakers },
      { provide: Caching, useValue: caching },
      { provide: Cache, useValue: caching.cache },
      { provide: CacheInspection, useValue: caching.cache },
      // Without Redis these are counted by what answers at once.
      { provide: RateLimiters, useValue: config.redisUrl === undefined ? new MemoryRateLimiters() : caching.limiters },
      { provide: SharedLockoutCounters, useValue: config.redisUrl === undefined ? null : lockoutCounters(caching) },
      { provide: EventStores, useValue: stores },
      { provide: EventBus, useValue: new LogEventBus(stores) },
      { provide: Aggregates, useValue: new StoredAggregates(stores, registry, scope) },
      { provide: BulkCommands, useValue: new StoredBulkCommands(stores, scope) },
      { provide: TransactionalReads, useValue: new PostgresReads(databases) },
      { provide: PersonalData, useValue: personalData },
      { provide: SigningKeyStore, useValue: new PostgresSigningKeys(databases.get('identity'), wrapper) },
      { provide: Revocations, useValue: revocations },
    ];
    return { module: PlatformModule, global: true, imports: [CqrsModule], providers: ports, exports: [...ports, CqrsModule] };
  }
}

const lockoutCounters = ({ limiters }: Caching): LockoutCounters => ({
  make: ({ keyPrefix: name, points, duration: durationSeconds }) => limiters.flexible({ name, points, durationSeconds }),
});
