import { Module, type DynamicModule, type InjectionToken } from '@nestjs/common';
import type { Databases } from '@adapters/event-store/src/context-database.js';
import { Readiness, type Engine } from '@adapters/runtime/src/health/readiness.js';
import type { Watermarks } from '@kernel/ports/watermarks.js';

/** Whether requests should come to this process, by the engines that it cannot do without. */
@Module({})
export class ReadinessModule {
  /** @param watermarks the token of what the read models have seen, where this process shows any */
  static forRoot(
    inject: readonly InjectionToken[],
    engines: (...parts: never[]) => Engine[],
    watermarks?: InjectionToken<Watermarks>,
  ): DynamicModule {
    const readiness = {
      provide: Readiness,
      inject: [...(watermarks ? [watermarks] : []), ...inject],
      useFactory: (...parts: unknown[]) =>
        watermarks
          ? new Readiness(engines(...(parts.slice(1) as never[])), parts[0] as Watermarks)
          : new Readiness(engines(...(parts as never[])), null),
    };
    return { module: ReadinessModule, global: true, providers: [readiness], exports: [readiness] };
  }
}

/** Every database of this process, as one engine. */
export const postgres = (databases: Databases): Engine => ({
  name: 'postgres',
  ping: () => Promise.all(databases.all().map((database) => database.ping())),
});
