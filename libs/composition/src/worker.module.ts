import { Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { loggerModule } from '@adapters/runtime/src/logging/logger.js';
import type { Engine } from '@adapters/runtime/src/health/readiness.js';
import { Databases } from '@adapters/event-store/src/context-database.js';
import { eventParts, type EventPartsOptions } from './event-parts.js';
import { WorkerOperationsModule } from './operations.module.js';
import { postgres, ReadinessModule } from './readiness.module.js';

export interface WorkerOptions extends EventPartsOptions {
  /** What this role does, over the ports that it is given. */
  readonly imports: DynamicModule['imports'];
  /** What it cannot do without, beside its databases. */
  readonly engines?: readonly Engine[];
}

/** A process that works between Postgres and Kafka and answers nobody but those who look after it. */
@Module({})
export class WorkerModule {
  static forRoot({ imports = [], engines = [], ...options }: WorkerOptions): DynamicModule {
    const { providers } = eventParts(options);
    return {
      module: WorkerModule,
      global: true,
      imports: [
        loggerModule(options.logger),
        CqrsModule,
        ReadinessModule.forRoot([Databases], (databases: Databases) => [postgres(databases), ...engines]),
        ...imports,
        WorkerOperationsModule,
      ],
      providers,
      exports: providers,
    };
  }
}
