import type { Provider } from '@nestjs/common';
import { StoredAggregates } from '@adapters/event-store/src/aggregate-repository.js';
import { Databases } from '@adapters/event-store/src/context-database.js';
import { PostgresEventStores, type EventStoresOptions } from '@adapters/event-store/src/event-stores.js';
import { PostgresReads } from '@adapters/event-store/src/postgres-reads.js';
import { StoredBulkCommands } from '@adapters/event-store/src/stored-bulk-commands.js';
import { SystemClock } from '@adapters/runtime/src/system-clock.js';
import { Telemetry } from '@adapters/runtime/src/telemetry/telemetry.js';
import { catalogEvents } from '@contexts/catalog/src/contract/events.js';
import { identityEvents } from '@contexts/identity/src/contract/events.js';
import { orderingEvents } from '@contexts/ordering/src/contract/events.js';
import { Clock } from '@kernel/clock.js';
import { Aggregates } from '@kernel/ports/aggregates.js';
import { Breakers } from '@kernel/ports/breakers.js';
import { BulkCommands } from '@kernel/ports/bulk.js';
import { EventBus } from '@kernel/ports/event-bus.js';
import { EventStores } from '@kernel/ports/event-store.js';
import { RequestContext } from '@kernel/ports/request-context.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import { SchemaRegistry } from '@kernel/schema-registry.js';
import type { Logger } from 'pino';
import type { Context } from './contexts.js';

/** What every process is given, whatever its role. */
export interface ProcessParts {
  readonly databases: Databases;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly breakers: Breakers;
}

export interface EventPartsOptions extends ProcessParts {
  /** Contexts whose events are stored or read here. */
  readonly contexts: readonly Context[];
  readonly scope: RequestContext;
  /** The bus of this process, over its stores; null where nothing follows events. */
  readonly bus: ((stores: PostgresEventStores) => EventBus) | null;
  readonly stores?: Pick<EventStoresOptions, 'committed' | 'wakes' | 'listens'>;
}

export interface EventParts {
  readonly stores: PostgresEventStores;
  readonly bus: EventBus | null;
  readonly providers: Provider[];
}

/** Answers the kernel's ports to events, and what every process has beside them. */
export function eventParts({
  contexts,
  databases,
  scope,
  bus: busOver,
  logger,
  telemetry,
  breakers,
  stores: options,
}: EventPartsOptions): EventParts {
  const registry = new SchemaRegistry([...identityEvents, ...catalogEvents, ...orderingEvents]);
  const clock = new SystemClock();
  const stores = new PostgresEventStores({
    databases: contexts.map((context) => databases.get(context)),
    registry,
    scope,
    clock,
    onError: (err, what) => logger.error({ err }, what),
    ...options,
  });
  const bus = busOver?.(stores) ?? null;
  const providers: Provider[] = [
    { provide: Telemetry, useValue: telemetry },
    { provide: Databases, useValue: databases },
    { provide: Breakers, useValue: breakers },
    { provide: SchemaRegistry, useValue: registry },
    { provide: Clock, useValue: clock },
    { provide: RequestContext, useValue: scope },
    { provide: EventStores, useValue: stores },
    ...(bus ? [{ provide: EventBus, useValue: bus }] : []),
    { provide: Aggregates, useValue: new StoredAggregates(stores, registry, scope) },
    { provide: BulkCommands, useValue: new StoredBulkCommands(stores, scope) },
    { provide: TransactionalReads, useValue: new PostgresReads(databases, scope) },
  ];
  return { stores, bus, providers };
}
