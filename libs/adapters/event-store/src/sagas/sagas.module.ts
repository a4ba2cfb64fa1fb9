import { Logger, Module, type DynamicModule } from '@nestjs/common';
import { Clock } from '@kernel/clock.js';
import { CommandInbox } from '@kernel/ports/command-inbox.js';
import { EventBus } from '@kernel/ports/event-bus.js';
import { EventStores } from '@kernel/ports/event-store.js';
import { RequestContext } from '@kernel/ports/request-context.js';
import { Sagas } from '@kernel/ports/sagas.js';
import type { AnySaga } from '@kernel/saga.js';
import { SchemaRegistry } from '@kernel/schema-registry.js';
import { Databases } from '../context-database.js';
import { Inbox } from './inbox.js';
import { SagaEngine } from './saga-engine.js';
import type { SagaEngineOptions } from './saga-options.js';

export interface SagasModuleOptions extends Partial<SagaEngineOptions> {
  readonly sagas: readonly AnySaga[];
}

/**
 * Binds the ports of the sagas. It needs `Databases`, `EventStores`, `EventBus`, `SchemaRegistry`, `RequestContext` and `Clock` globally, and starts
 * nothing by itself: the app calls `SagaEngine.start()` once every inbox handler is registered, and `stop()` in its order.
 */
@Module({})
export class SagasModule {
  static forRoot({ sagas, ...options }: SagasModuleOptions): DynamicModule {
    const logger = new Logger(SagaEngine.name);
    const onError = (error: unknown, what: string): void => logger.error(`${what}: ${String(error)}`, (error as Error | undefined)?.stack);
    return {
      module: SagasModule,
      global: true,
      providers: [
        {
          provide: Inbox,
          inject: [EventStores, SchemaRegistry],
          useFactory: (stores: EventStores, registry: SchemaRegistry) => new Inbox(stores, registry),
        },
        { provide: CommandInbox, useExisting: Inbox },
        {
          provide: SagaEngine,
          inject: [Databases, EventStores, EventBus, SchemaRegistry, RequestContext, Clock, Inbox],
          useFactory: (
            databases: Databases,
            stores: EventStores,
            bus: EventBus,
            registry: SchemaRegistry,
            scope: RequestContext,
            clock: Clock,
            inbox: Inbox,
          ) => new SagaEngine({ sagas, databases, stores, bus, registry, scope, clock, inbox, onError, options }),
        },
        { provide: Sagas, inject: [SagaEngine], useFactory: (engine: SagaEngine) => engine.sagas },
      ],
      exports: [CommandInbox, SagaEngine, Sagas],
    };
  }
}
