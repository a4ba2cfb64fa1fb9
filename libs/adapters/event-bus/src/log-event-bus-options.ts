export interface LogEventBusOptions {
  /** Partitions of every context's topic; streams are spread over them by a stable hash. */
  readonly partitions: number;
  /** Longest pause between two looks at an idle log, ms. */
  readonly idleMs: number;
  /** Longest pause before a failed batch is delivered again, ms. */
  readonly maxRetryMs: number;
}

export const LOG_EVENT_BUS_DEFAULTS: LogEventBusOptions = { partitions: 1, idleMs: 250, maxRetryMs: 5_000 };
