import { Module } from '@nestjs/common';
import { CacheController } from '@adapters/runtime/src/cache/cache.controller.js';
import { DeadLettersController } from '@adapters/runtime/src/dead-letters/dead-letters.controller.js';
import { HealthController } from '@adapters/runtime/src/health/health.controller.js';
import { MetricsController } from '@adapters/runtime/src/telemetry/metrics.controller.js';

/** What those who run the server ask it: does it live, is it ready, what does it measure, what does it keep. Needs `Readiness`. */
@Module({ controllers: [HealthController, MetricsController, CacheController] })
export class OperationsModule {}

/** What their operators do with what could not be processed. Needs `DeadLetters`. */
@Module({ controllers: [DeadLettersController] })
export class DeadLetterRoutesModule {}

/** What those who run a process that answers nobody else ask it. */
@Module({ controllers: [HealthController, MetricsController] })
export class WorkerOperationsModule {}
