import { Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { LogEventBus } from '@adapters/event-bus/src/log-event-bus.js';
import { StoredAggregates } from '@adapters/event-store/src/aggregate-repository.js';
import { Databases } from '@adapters/event-store/src/context-database.js';
import { PostgresEventStores } from '@adapters/event-store/src/event-stores.js';
import { EnvelopePersonalData } from '@adapters/event-store/src/personal-data/envelope.js';
import { MasterKeyWrapper } from '@adapters/event-store/src/personal-data/key-wrapper.js';
import { PostgresSubjectKeys } from '@adapters/event-store/src/personal-data/postgres-subject-keys.js';
import { PostgresReads } from '@adapters/event-store/src/postgres-reads.js';
import { StoredBulkCommands } from '@adapters/event-store/src/stored-bulk-commands.js';
import { Config } from '@adapters/runtime/src/config.js';
import { AsyncRequestContext } from '@adapters/runtime/src/http/request-scope.js';
import type { Secrets } from '@adapters/runtime/src/secrets.js';
import { SystemClock } from '@adapters/runtime/src/system-clock.js';
import { Telemetry } from '@adapters/runtime/src/telemetry/telemetry.js';
import { catalogEvents } from '@contexts/catalog/src/contract/events.js';
import { identityEvents } from '@contexts/identity/src/contract/events.js';
import { orderingEvents } from '@contexts/ordering/src/contract/events.js';
import { Clock } from '@kernel/clock.js';
import { Aggregates } from '@kernel/ports/aggregates.js';
import { BulkCommands } from '@kernel/ports/bulk.js';
import { EventBus } from '@kernel/ports/event-bus.js';
import { EventStores } from '@kernel/ports/event-store.js';
import { PersonalData } from '@kernel/ports/personal-data.js';
import { RequestContext } from '@kernel/ports/request-context.js';
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
}

/** Answers the kernel's ports with their adapters, for every context of this process. */
@Module({})
export class PlatformModule {
  static forRoot({ config, secrets, databases, logger, telemetry }: PlatformOptions): DynamicModule {
    const registry = new SchemaRegistry([...identityEvents, ...catalogEvents, ...orderingEvents]);
    const [clock, scope] = [new SystemClock(), new AsyncRequestContext()];
    const onError = (err: unknown, what: string): void => logger.error({ err }, what);
    const stores = new PostgresEventStores({ databases: CONTEXTS.map((context) => databases.get(context)), registry, scope, clock, onError });
    const keys = new PostgresSubjectKeys(databases.get('identity'));
    const ports = [
      { provide: Config, useValue: config },
      { provide: Telemetry, useValue: telemetry },
      { provide: Databases, useValue: databases },
      { provide: SchemaRegistry, useValue: registry },
      { provide: Clock, useValue: clock },
      { provide: RequestContext, useValue: scope },
      { provide: EventStores, useValue: stores },
      { provide: EventBus, useValue: new LogEventBus(stores) },
      { provide: Aggregates, useValue: new StoredAggregates(stores, registry, scope) },
      { provide: BulkCommands, useValue: new StoredBulkCommands(stores, scope) },
      { provide: TransactionalReads, useValue: new PostgresReads(databases) },
      { provide: PersonalData, useValue: new EnvelopePersonalData(keys, new MasterKeyWrapper(secrets.masterKey), secrets.masterKey) },
    ];
    return { module: PlatformModule, global: true, imports: [CqrsModule], providers: ports, exports: [...ports, CqrsModule] };
  }
}
