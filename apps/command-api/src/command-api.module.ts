import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { LogEventBus } from '@adapters/event-bus/src/log-event-bus.js';
import { Databases } from '@adapters/event-store/src/context-database.js';
import { DeadLettersModule } from '@adapters/event-store/src/dead-letters/dead-letters.module.js';
import type { PostgresEventStores } from '@adapters/event-store/src/event-stores.js';
import { SagasModule } from '@adapters/event-store/src/sagas/sagas.module.js';
import { AuthModule } from '@adapters/runtime/src/auth/index.js';
import type { Engine } from '@adapters/runtime/src/health/readiness.js';
import { loggerModule } from '@adapters/runtime/src/logging/logger.js';
import { authSettings } from '@composition/auth-settings.js';
import { CommerceModule } from '@composition/commerce.module.js';
import type { CommandApiConfig } from '@composition/config/roles.js';
import type { Context } from '@composition/contexts.js';
import type { ProcessParts } from '@composition/event-parts.js';
import type { IdentityPorts } from '@composition/identity-ports.js';
import { DeadLetterRoutesModule, OperationsModule } from '@composition/operations.module.js';
import { PlatformModule } from '@composition/platform.module.js';
import { postgres, ReadinessModule } from '@composition/readiness.module.js';
import { shopSagas } from '@composition/shop-sagas.js';
import type { Services } from '@composition/services.js';
import { CatalogModule } from '@contexts/catalog/src/catalog.module.js';
import { IdentityModule } from '@contexts/identity/src/identity.module.js';
import { OrderingModule } from '@contexts/ordering/src/ordering.module.js';
import { CommandTransport } from '@kernel/ports/command-transport.js';
import type { RequestContext } from '@kernel/ports/request-context.js';
import { ShopCurrency } from '@kernel/ports/shop-currency.js';
import { RemotePortsModule } from './remote-ports.module.js';

export interface CommandApiOptions extends ProcessParts {
  readonly config: CommandApiConfig;
  readonly scope: RequestContext;
  readonly services: Services;
  readonly identity: IdentityPorts;
  /** By which commands of sagas come; null where none do. */
  readonly transport: CommandTransport | null;
}

const MODULES: Readonly<Record<Context, Type>> = { identity: IdentityModule, catalog: CatalogModule, ordering: OrderingModule };

/** The contexts that this process was given, with what each needs of the others. */
@Module({})
export class CommandApiModule {
  static forRoot(options: CommandApiOptions): DynamicModule {
    const { config, logger, services, identity } = options;
    const { contexts, masterKey, redisUrl } = config;
    const jwtPrivateKey = config.identity?.jwtPrivateKey;
    return {
      module: CommandApiModule,
      imports: [
        loggerModule(logger),
        PlatformModule.forRoot({ ...options, contexts, bus: overOwnLog, identity, masterKey, redisUrl, wakes: true }),
        AuthModule.forRoot({ ...authSettings(config), ...(jwtPrivateKey !== undefined && { privateKey: jwtPrivateKey }) }),
        RemotePortsModule.forRoot({ contexts, services }),
        ...selling(options),
        ...carryingOut(options),
        DeadLettersModule.forRoot({ contexts }),
        ReadinessModule.forRoot([Databases], (databases: Databases) => [postgres(databases), ...commandsOf(options)]),
        ...contexts.map((context) => MODULES[context]),
        OperationsModule,
        DeadLetterRoutesModule,
      ],
    };
  }
}

/** The cache follows what its own contexts' logs say. */
const overOwnLog = (stores: PostgresEventStores): LogEventBus => new LogEventBus(stores);

function selling(options: CommandApiOptions): DynamicModule[] {
  const { config } = options;
  const { contexts, shop, paymentCallbackKey = '' } = config;
  if (contexts.includes('ordering')) return [CommerceModule.forRoot({ ...options, shop, paymentCallbackKey })];
  const currency = { provide: ShopCurrency, useValue: { code: shop.shopCurrency } satisfies ShopCurrency };
  return [{ module: ShopCurrencyModule, global: true, providers: [currency], exports: [currency] }];
}

/** Those who carry out commands of sagas, and the sagas' operators where they are held. */
function carryingOut({ config, transport }: CommandApiOptions): DynamicModule[] {
  const contexts = config.contexts.filter((context) => context !== 'identity');
  if (contexts.length === 0) return [];
  const carrier = { provide: CommandTransport, useValue: transport };
  const sagas = contexts.includes('ordering') ? shopSagas(config) : [];
  return [
    { module: TransportModule, global: true, providers: [carrier], exports: [carrier] },
    SagasModule.forReceiver({ contexts, sagas, stuckSeconds: config.sagaStuckSeconds }),
  ];
}

const commandsOf = ({ transport }: CommandApiOptions): Engine[] => (transport ? [{ name: 'commands', ping: () => transport.ping() }] : []);

@Module({})
class ShopCurrencyModule {}

@Module({})
class TransportModule {}
