import { Module } from '@nestjs/common';
import { Databases } from '@adapters/event-store/src/context-database.js';
import { ReadSide } from '@adapters/read-store/src/read-side.js';
import { CacheController } from '@adapters/runtime/src/cache/cache.controller.js';
import { HealthController } from '@adapters/runtime/src/health/health.controller.js';
import { Readiness } from '@adapters/runtime/src/health/readiness.js';
import { MetricsController } from '@adapters/runtime/src/telemetry/metrics.controller.js';
import { Watermarks } from '@kernel/ports/watermarks.js';

const readiness = (databases: Databases, readSide: ReadSide, watermarks: Watermarks): Readiness =>
  new Readiness(
    [
      { name: 'postgres', ping: () => Promise.all(databases.all().map((database) => database.ping())) },
      { name: 'clickhouse', ping: () => readSide.ping() },
    ],
    watermarks,
  );

/** What those who run the server ask it: does it live, is it ready, what does it measure. */
@Module({
  controllers: [HealthController, MetricsController, CacheController],
  providers: [{ provide: Readiness, inject: [Databases, ReadSide, Watermarks], useFactory: readiness }],
})
export class OperationsModule {}
