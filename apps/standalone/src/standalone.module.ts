import { Module, type DynamicModule } from '@nestjs/common';
import { Databases } from '@adapters/event-store/src/context-database.js';
import { ReadStoreModule } from '@adapters/read-store/src/read-store.module.js';
import { AuthModule } from '@adapters/runtime/src/auth/index.js';
import { loggerModule } from '@adapters/runtime/src/logging/logger.js';
import { AnalyticsModule } from '@contexts/analytics/src/analytics.module.js';
import { salesControl } from '@contexts/analytics/src/controls/sales.control.js';
import { stockControl } from '@contexts/analytics/src/controls/stock.control.js';
import { sales } from '@contexts/analytics/src/read-models/sales/sales.projection.js';
import { stock } from '@contexts/analytics/src/read-models/stock/stock.projection.js';
import { CatalogModule } from '@contexts/catalog/src/catalog.module.js';
import { IdentityModule } from '@contexts/identity/src/identity.module.js';
import { OrderingModule } from '@contexts/ordering/src/ordering.module.js';
import { CommerceModule } from './commerce.module.js';
import { OperationsModule } from './operations.module.js';
import { PlatformModule, type PlatformOptions } from './platform.module.js';

export interface StandaloneOptions extends PlatformOptions {
  /** Where ClickHouse's engine keeps its data. */
  readonly clickhousePath: string;
}

/** Every context and every role over one event store, one bus and one read side. */
@Module({})
export class StandaloneModule {
  static forRoot(options: StandaloneOptions): DynamicModule {
    const { config, secrets, logger, clickhousePath, breakers } = options;
    return {
      module: StandaloneModule,
      imports: [
        loggerModule(logger),
        PlatformModule.forRoot(options),
        AuthModule.forRoot({
          privateKey: secrets.jwtPrivateKey,
          ttlSeconds: config.jwtTtlSeconds,
          sessionSeconds: config.sessionSeconds,
          sessionIdleSeconds: config.sessionIdleSeconds,
          bcryptCost: config.bcryptCost,
          rateLimit: config.rateLimit,
          rateLimits: config.rateLimits,
        }),
        ReadStoreModule.forRoot({
          clickhouse: { path: clickhousePath },
          breakers,
          readModels: [sales, stock],
          controls: [salesControl, stockControl],
          databases: Databases,
        }),
        CommerceModule.forRoot(options),
        IdentityModule,
        CatalogModule,
        OrderingModule,
        AnalyticsModule,
        OperationsModule,
      ],
    };
  }
}
