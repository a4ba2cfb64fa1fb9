import { Module, type DynamicModule } from '@nestjs/common';
import { LogEventBus } from '@adapters/event-bus/src/log-event-bus.js';
import { Databases } from '@adapters/event-store/src/context-database.js';
import { DeadLettersModule } from '@adapters/event-store/src/dead-letters/dead-letters.module.js';
import type { PostgresEventStores } from '@adapters/event-store/src/event-stores.js';
import { SagasModule } from '@adapters/event-store/src/sagas/sagas.module.js';
import { ReadSide } from '@adapters/read-store/src/read-side.js';
import { ReadStoreModule } from '@adapters/read-store/src/read-store.module.js';
import { AuthModule } from '@adapters/runtime/src/auth/index.js';
import type { Config } from '@adapters/runtime/src/config.js';
import type { Engine } from '@adapters/runtime/src/health/readiness.js';
import { AsyncRequestContext } from '@adapters/runtime/src/http/request-scope.js';
import { loggerModule } from '@adapters/runtime/src/logging/logger.js';
import type { Secrets } from '@adapters/runtime/src/secrets.js';
import { authSettings } from '@composition/auth-settings.js';
import { CommerceModule } from '@composition/commerce.module.js';
import { CONTEXTS } from '@composition/contexts.js';
import type { ProcessParts } from '@composition/event-parts.js';
import { identityPorts } from '@composition/identity-ports.js';
import { DeadLetterRoutesModule, OperationsModule } from '@composition/operations.module.js';
import { PlatformModule } from '@composition/platform.module.js';
import { readModels } from '@composition/read-models.js';
import { postgres, ReadinessModule } from '@composition/readiness.module.js';
import { shopSagas } from '@composition/shop-sagas.js';
import { AnalyticsModule } from '@contexts/analytics/src/analytics.module.js';
import { CatalogModule } from '@contexts/catalog/src/catalog.module.js';
import { IdentityModule } from '@contexts/identity/src/identity.module.js';
import { OrderingModule } from '@contexts/ordering/src/ordering.module.js';
import { Watermarks } from '@kernel/ports/watermarks.js';

export interface StandaloneOptions extends ProcessParts {
  readonly config: Config;
  readonly secrets: Secrets;
  /** Where ClickHouse's engine keeps its data. */
  readonly clickhousePath: string;
}

/** Every context and every role over one event store, one bus and one read side. */
@Module({})
export class StandaloneModule {
  static forRoot(options: StandaloneOptions): DynamicModule {
    const { config, secrets, databases, logger, clickhousePath, breakers } = options;
    const { masterKey, paymentCallbackKey } = secrets;
    const identity = identityPorts(databases.get('identity'), masterKey);
    const { redisUrl } = config;
    return {
      module: StandaloneModule,
      imports: [
        loggerModule(logger),
        PlatformModule.forRoot({ ...options, contexts: CONTEXTS, scope: new AsyncRequestContext(), bus: overLog, identity, masterKey, redisUrl }),
        AuthModule.forRoot({ ...authSettings(config), privateKey: secrets.jwtPrivateKey }),
        ReadStoreModule.forRoot({ clickhouse: { path: clickhousePath }, breakers, ...readModels, databases: Databases }),
        CommerceModule.forRoot({ ...options, shop: config, paymentCallbackKey }),
        SagasModule.forRoot({ sagas: shopSagas(config), stuckSeconds: config.sagaStuckSeconds }),
        DeadLettersModule.forRoot({ contexts: CONTEXTS }),
        ReadinessModule.forRoot([Databases, ReadSide], enginesOf, Watermarks),
        IdentityModule,
        CatalogModule,
        OrderingModule,
        AnalyticsModule,
        OperationsModule,
        DeadLetterRoutesModule,
      ],
    };
  }
}

const overLog = (stores: PostgresEventStores): LogEventBus => new LogEventBus(stores);

const enginesOf = (databases: Databases, readSide: ReadSide): Engine[] => [postgres(databases), { name: 'clickhouse', ping: () => readSide.ping() }];
