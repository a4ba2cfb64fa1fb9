import { Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Caching } from '@adapters/cache/src/caching.js';
import { EnvelopePersonalData } from '@adapters/event-store/src/personal-data/envelope.js';
import { MasterKeyWrapper } from '@adapters/event-store/src/personal-data/key-wrapper.js';
import { PolledRevocations } from '@adapters/event-store/src/tokens/polled-revocations.js';
import { MemoryRateLimiters } from '@adapters/runtime/src/auth/memory-limiters.js';
import { SharedLockoutCounters, type LockoutCounters } from '@adapters/runtime/src/auth/lockout-counters.js';
import { productCacheRule } from '@contexts/catalog/src/read-models/products/product-cache.js';
import { profileCacheRule } from '@contexts/identity/src/read-models/users/profile-cache.js';
import { Cache, CacheInspection } from '@kernel/ports/cache.js';
import { PersonalData } from '@kernel/ports/personal-data.js';
import { RateLimiters } from '@kernel/ports/rate-limiters.js';
import type { RequestContext } from '@kernel/ports/request-context.js';
import { Revocations } from '@kernel/ports/revocations.js';
import { SigningKeyStore } from '@kernel/ports/signing-keys.js';
import { isUnavailable } from '@kernel/refusal.js';
import type { Logger } from 'pino';
import { eventParts, type EventPartsOptions } from './event-parts.js';
import type { IdentityPorts } from './identity-ports.js';

export interface PlatformOptions extends Omit<EventPartsOptions, 'stores'> {
  /** True where another process gives positions to what is appended here, and must be told. */
  readonly wakes?: boolean;
  readonly identity: IdentityPorts;
  readonly masterKey: Buffer;
  /** Undefined keeps the cache and all counts in memory. */
  readonly redisUrl: string | undefined;
}

/** Answers the kernel's ports with their adapters, for the contexts of a process that has an edge to the world. */
@Module({})
export class PlatformModule {
  static forRoot({ identity, masterKey, redisUrl, wakes = false, ...options }: PlatformOptions): DynamicModule {
    const { logger } = options;
    const caching = cachingOf(options, redisUrl);
    const { providers } = eventParts({
      ...options,
      stores: { committed: (context, events) => caching.invalidation.committed(context, events), wakes },
    });
    const personalData = new EnvelopePersonalData(identity.subjectKeys, new MasterKeyWrapper(masterKey), masterKey);
    const ports = [
      ...providers,
      { provide: Caching, useValue: caching },
      { provide: Cache, useValue: caching.cache },
      { provide: CacheInspection, useValue: caching.cache },
      // Without Redis these are counted by what answers at once.
      { provide: RateLimiters, useValue: redisUrl === undefined ? new MemoryRateLimiters() : caching.limiters },
      { provide: SharedLockoutCounters, useValue: redisUrl === undefined ? null : lockoutCounters(caching) },
      { provide: PersonalData, useValue: personalData },
      { provide: SigningKeyStore, useValue: identity.signingKeys },
      { provide: Revocations, useValue: polled(identity, personalData, logger) },
    ];
    return { module: PlatformModule, global: true, imports: [CqrsModule], providers: ports, exports: [...ports, CqrsModule] };
  }
}

interface CachingParts {
  readonly contexts: readonly string[];
  readonly scope: RequestContext;
  readonly logger: Logger;
  readonly breakers: EventPartsOptions['breakers'];
}

/** Each process forgets by the events of its own contexts: nothing of others' is kept in it. */
const cachingOf = ({ contexts, scope, logger, breakers }: CachingParts, redisUrl: string | undefined): Caching =>
  new Caching({
    redisUrl,
    breakers,
    scope,
    rules: [productCacheRule, profileCacheRule].filter(({ context }) => contexts.includes(context)),
    onRedis: (status, reason) => logger.warn({ reason }, status === 'up' ? 'Redis is back' : 'Redis is away: memory stands in for it'),
    onError: (err, what) => logger.error({ err }, what),
  });

const polled = ({ revocations: source }: IdentityPorts, personalData: EnvelopePersonalData, logger: Logger): PolledRevocations =>
  new PolledRevocations({
    source,
    onUser: (userId) => personalData.drop(userId),
    onError: (err) => {
      // Of a service that is away the client tells, now and then.
      if (!isUnavailable(err)) logger.error({ err }, 'cannot read the revocations: what was revoked before counts');
    },
  });

const lockoutCounters = ({ limiters }: Caching): LockoutCounters => ({
  make: ({ keyPrefix: name, points, duration: durationSeconds }) => limiters.flexible({ name, points, durationSeconds }),
});
