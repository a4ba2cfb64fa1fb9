import { Module, type DynamicModule, type InjectionToken } from '@nestjs/common';
import { EventBus } from '@kernel/ports/event-bus.js';
import { EventStores } from '@kernel/ports/event-store.js';
import { Auditor, ReadModels, ReadStore } from '@kernel/ports/read-store.js';
import { Watermarks } from '@kernel/ports/watermarks.js';
import type { ReadSideDatabases } from './databases.js';
import { ReadSide, type ReadSideOptions } from './read-side.js';

export interface ReadStoreModuleOptions extends ReadSideOptions {
  /** Provider of the Postgres databases; `EventStores` must be provided globally as well, and `EventBus` where this process lands. */
  readonly databases: InjectionToken<ReadSideDatabases>;
}

/** Binds the ports of the read side. It starts nothing by itself: the app calls `ReadSide.start()` and `stop()` in its order. */
@Module({})
export class ReadStoreModule {
  static forRoot({ databases, ...options }: ReadStoreModuleOptions): DynamicModule {
    return {
      module: ReadStoreModule,
      global: true,
      providers: [
        {
          provide: ReadSide,
          inject: [EventStores, { token: EventBus, optional: true }, databases],
          useFactory: (stores: EventStores, bus: EventBus | undefined, postgres: ReadSideDatabases) =>
            new ReadSide(stores, bus ?? null, postgres, options),
        },
        { provide: Watermarks, inject: [ReadSide], useFactory: (side: ReadSide) => side.watermarks },
        { provide: ReadStore, inject: [ReadSide], useFactory: (side: ReadSide) => side.store },
        { provide: ReadModels, inject: [ReadSide], useFactory: (side: ReadSide) => side.generations },
        { provide: Auditor, inject: [ReadSide], useFactory: (side: ReadSide) => side.auditor },
      ],
      exports: [ReadSide, Watermarks, ReadStore, ReadModels, Auditor],
    };
  }
}
