import { Inject, Logger, Module, type DynamicModule, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { CommandTransport } from '@kernel/ports/command-transport.js';
import { DeadLetters } from '@kernel/ports/dead-letters.js';
import { EventStores } from '@kernel/ports/event-store.js';
import { RequestContext } from '@kernel/ports/request-context.js';
import { Sagas } from '@kernel/ports/sagas.js';
import { SchemaRegistry } from '@kernel/schema-registry.js';
import { Databases } from '../context-database.js';
import { Inbox } from '../sagas/inbox.js';
import type { PostgresSagas } from '../sagas/postgres-sagas.js';
import { observeDeadLetters } from './dead-letter-metrics.js';
import { PostgresDeadLetters } from './postgres-dead-letters.js';

export interface DeadLettersModuleOptions {
  /** Contexts whose dead letters this process serves: those whose databases are its own. */
  readonly contexts: readonly string[];
}

const optional = (token: typeof Inbox | typeof Sagas | typeof CommandTransport) => ({ token, optional: true });

/** Binds the port of the dead letters, over whatever of the sagas' modules this process has, and tells how many there are. */
@Module({})
export class DeadLettersModule implements OnApplicationBootstrap, OnModuleDestroy {
  private stopObserving: () => void = () => undefined;

  constructor(@Inject(DeadLetters) private readonly letters: PostgresDeadLetters) {}

  static forRoot({ contexts }: DeadLettersModuleOptions): DynamicModule {
    const logger = new Logger(PostgresDeadLetters.name);
    return {
      module: DeadLettersModule,
      global: true,
      providers: [
        {
          provide: DeadLetters,
          inject: [Databases, EventStores, SchemaRegistry, RequestContext, optional(Inbox), optional(Sagas), optional(CommandTransport)],
          useFactory: (
            databases: Databases,
            stores: EventStores,
            registry: SchemaRegistry,
            scope: RequestContext,
            inbox?: Inbox,
            sagas?: PostgresSagas,
            transport?: CommandTransport,
          ) =>
            new PostgresDeadLetters({
              databases: contexts.map((context) => databases.get(context)),
              stores,
              registry,
              scope,
              inbox: inbox ?? null,
              sagas: sagas ?? null,
              transport: transport ?? null,
              onError: (error) => logger.error(`what waited behind a discarded message: ${String(error)}`, (error as Error | undefined)?.stack),
            }),
        },
      ],
      exports: [DeadLetters],
    };
  }

  onApplicationBootstrap(): void {
    this.stopObserving = observeDeadLetters(() => this.letters.counts());
  }

  onModuleDestroy(): void {
    this.stopObserving();
  }
}
