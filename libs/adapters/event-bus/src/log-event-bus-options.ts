import type { DeliveryTiming } from './delivery-loop.js';

export interface LogEventBusOptions extends DeliveryTiming {
  /** Partitions of every context's topic; streams are spread over them by a stable hash. */
  readonly partitions: number;
}

export const LOG_EVENT_BUS_DEFAULTS: LogEventBusOptions = { partitions: 1, idleMs: 500, maxRetryMs: 5_000 };
