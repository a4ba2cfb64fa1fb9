import { Module, type DynamicModule } from '@nestjs/common';
import { LogEventBus } from '@adapters/event-bus/src/log-event-bus.js';
import { Databases } from '@adapters/event-store/src/context-database.js';
import type { PostgresEventStores } from '@adapters/event-store/src/event-stores.js';
import { ReadSide } from '@adapters/read-store/src/read-side.js';
import { ReadStoreModule } from '@adapters/read-store/src/read-store.module.js';
import { AuthModule } from '@adapters/runtime/src/auth/index.js';
import type { Engine } from '@adapters/runtime/src/health/readiness.js';
import { loggerModule } from '@adapters/runtime/src/logging/logger.js';
import { authSettings } from '@composition/auth-settings.js';
import type { QueryApiConfig } from '@composition/config/roles.js';
import { CONTEXTS } from '@composition/contexts.js';
import type { ProcessParts } from '@composition/event-parts.js';
import type { IdentityPorts } from '@composition/identity-ports.js';
import { OperationsModule } from '@composition/operations.module.js';
import { PlatformModule } from '@composition/platform.module.js';
import { readModels } from '@composition/read-models.js';
import { postgres, ReadinessModule } from '@composition/readiness.module.js';
import { RemoteOperations } from '@composition/remote/remote-operations.js';
import { RemoteProducts } from '@composition/remote/remote-products.js';
import type { Services } from '@composition/services.js';
import { AnalyticsModule } from '@contexts/analytics/src/analytics.module.js';
import { Products } from '@contexts/catalog/src/contract/products.js';
import type { RequestContext } from '@kernel/ports/request-context.js';
import { OperationsLog } from '@kernel/ports/operations-log.js';
import { ShopCurrency } from '@kernel/ports/shop-currency.js';
import { Watermarks } from '@kernel/ports/watermarks.js';

export interface QueryApiOptions extends ProcessParts {
  readonly config: QueryApiConfig;
  readonly scope: RequestContext;
  readonly services: Services;
  readonly identity: IdentityPorts;
}

/** Analysts' questions over a ClickHouse that other processes fill, and the operations that keep the answers provable. */
@Module({})
export class QueryApiModule {
  static forRoot(options: QueryApiOptions): DynamicModule {
    const { config, logger, services, identity, breakers } = options;
    const { masterKey, redisUrl, clickhouse, shopCurrency: code } = config;
    const ports = [
      { provide: Products, useValue: new RemoteProducts(services.of('catalog')) },
      { provide: ShopCurrency, useValue: { code } satisfies ShopCurrency },
      { provide: OperationsLog, useValue: new RemoteOperations(services.of('identity')) },
    ];
    return {
      module: QueryApiModule,
      global: true,
      imports: [
        loggerModule(logger),
        PlatformModule.forRoot({ ...options, contexts: CONTEXTS, bus: overLog, identity, masterKey, redisUrl }),
        AuthModule.forRoot(authSettings(config)),
        ReadStoreModule.forRoot({ clickhouse, breakers, ...readModels, roles: ['answers'], soleOwner: false, databases: Databases }),
        ReadinessModule.forRoot([Databases, ReadSide], enginesOf, Watermarks),
        AnalyticsModule,
        OperationsModule,
      ],
      providers: ports,
      exports: ports,
    };
  }
}

/** The cache follows what the contexts' logs say. */
const overLog = (stores: PostgresEventStores): LogEventBus => new LogEventBus(stores);

const enginesOf = (databases: Databases, readSide: ReadSide): Engine[] => [postgres(databases), { name: 'clickhouse', ping: () => readSide.ping() }];
