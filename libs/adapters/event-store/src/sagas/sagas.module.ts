import { Logger, Module, type DynamicModule, type Provider } from '@nestjs/common';
import { Clock } from '@kernel/clock.js';
import { CommandInbox } from '@kernel/ports/command-inbox.js';
import { CommandTransport } from '@kernel/ports/command-transport.js';
import { EventBus } from '@kernel/ports/event-bus.js';
import { EventStores } from '@kernel/ports/event-store.js';
import { RequestContext } from '@kernel/ports/request-context.js';
import { Sagas } from '@kernel/ports/sagas.js';
import type { AnySaga } from '@kernel/saga.js';
import { SchemaRegistry } from '@kernel/schema-registry.js';
import { Databases } from '../context-database.js';
import { CommandReception } from './command-reception.js';
import { Inbox } from './inbox.js';
import { SagaEngine } from './saga-engine.js';
import { APART, SAGA_ENGINE_DEFAULTS, type SagaEngineOptions } from './saga-options.js';

export interface SagasModuleOptions extends Partial<SagaEngineOptions> {
  readonly sagas: readonly AnySaga[];
}

export interface ReceiverOptions extends SagasModuleOptions {
  /** Contexts of this process that carry out commands. */
  readonly contexts: readonly string[];
}

/**
 * Binds the ports of the sagas. It needs `Databases`, `EventStores`, `EventBus`, `SchemaRegistry`, `RequestContext` and `Clock` globally, and starts
 * nothing by itself: the app calls `start()` once every inbox handler is registered, and `stop()` in its order.
 */
@Module({})
export class SagasModule {
  /** Sagas and those who carry out their commands in one process. */
  static forRoot(options: SagasModuleOptions): DynamicModule {
    return global([...inboxProviders, engineProvider(Inbox, options), sagasProvider], [Inbox, CommandInbox, SagaEngine, Sagas]);
  }

  /** Sagas whose commands leave by the `CommandTransport`, which it needs globally as well. */
  static forRunner(options: SagasModuleOptions): DynamicModule {
    return global([engineProvider(CommandTransport, { ...APART, ...options })], [SagaEngine]);
  }

  /**
   * Those who carry out what comes in by the `CommandTransport`, which it needs globally as well; and the sagas for their operators, where there are any:
   * their engine runs elsewhere.
   */
  static forReceiver({ contexts, ...given }: ReceiverOptions): DynamicModule {
    const options = { ...APART, ...given };
    const operated = options.sagas.length > 0 ? [engineProvider(CommandTransport, options), sagasProvider] : [];
    const exported = operated.length > 0 ? [Sagas] : [];
    return global([...inboxProviders, receptionProvider(contexts, options), ...operated], [Inbox, CommandInbox, CommandReception, ...exported]);
  }
}

const global = (providers: Provider[], exports: NonNullable<DynamicModule['exports']>): DynamicModule => ({
  module: SagasModule,
  global: true,
  providers,
  exports,
});

const inboxProviders: Provider[] = [
  {
    provide: Inbox,
    inject: [EventStores, SchemaRegistry],
    useFactory: (stores: EventStores, registry: SchemaRegistry) => new Inbox(stores, registry),
  },
  { provide: CommandInbox, useExisting: Inbox },
];

const sagasProvider: Provider = { provide: Sagas, inject: [SagaEngine], useFactory: (engine: SagaEngine) => engine.sagas };

const engineProvider = (carrier: typeof Inbox | typeof CommandTransport, { sagas, ...options }: SagasModuleOptions): Provider => ({
  provide: SagaEngine,
  inject: [Databases, EventStores, EventBus, SchemaRegistry, RequestContext, Clock, carrier],
  useFactory: (
    databases: Databases,
    stores: EventStores,
    bus: EventBus,
    registry: SchemaRegistry,
    scope: RequestContext,
    clock: Clock,
    commands: Inbox | CommandTransport,
  ) => new SagaEngine({ sagas, databases, stores, bus, registry, scope, clock, commands, onError: onErrorOf(SagaEngine.name), options }),
});

const receptionProvider = (contexts: readonly string[], options: Partial<SagaEngineOptions>): Provider => ({
  provide: CommandReception,
  inject: [Databases, CommandTransport, Inbox],
  useFactory: (databases: Databases, transport: CommandTransport, inbox: Inbox) =>
    new CommandReception({
      databases: contexts.map((context) => databases.get(context)),
      transport,
      inbox,
      options: { ...SAGA_ENGINE_DEFAULTS, ...options },
      onError: onErrorOf(CommandReception.name),
    }),
});

function onErrorOf(name: string): (error: unknown, what: string) => void {
  const logger = new Logger(name);
  return (error, what) => logger.error(`${what}: ${String(error)}`, (error as Error | undefined)?.stack);
}
