import type { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { Breaker, Breakers } from '@kernel/ports/breakers.js';

type Spans = Parameters<OTLPTraceExporter['export']>[0];
type Told = Parameters<OTLPTraceExporter['export']>[1];
type Result = Parameters<Told>[0];

const [SUCCESS, FAILED] = [0, 1];
/** Batches in a row that were not taken before the collector is left alone. */
const FAILURES = 3;
const RETRY_AFTER_MS = 10_000;

/**
 * An exporter behind a circuit breaker: while its collector is away, spans are dropped at once instead of being kept, sent and sent again. Each try has
 * the exporter's own time-out (OTEL_EXPORTER_OTLP_TIMEOUT, 10 s).
 */
export class GuardedExporter {
  private breaker: Breaker | null = null;

  constructor(private readonly exporter: Pick<OTLPTraceExporter, 'export' | 'forceFlush' | 'shutdown'>) {}

  /** From here on; nothing is exported before the application serves. */
  guard(breakers: Breakers): void {
    this.breaker = breakers.make('otlp', {
      failures: FAILURES,
      retryAfterMs: RETRY_AFTER_MS,
      isFailure: (error) => !isAnswer(error),
      refusal: () => new Error('the collector of traces has not answered lately: spans are dropped'),
    });
  }

  export(spans: Spans, told: Told): void {
    const send = (): Promise<void> => new Promise((resolve, reject) => this.exporter.export(spans, settle(resolve, reject)));
    (this.breaker ? this.breaker.run(send) : send()).then(
      () => told({ code: SUCCESS }),
      (error: Error) => told({ code: FAILED, error }),
    );
  }

  forceFlush(): Promise<void> {
    return this.exporter.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }
}

const settle =
  (resolve: () => void, reject: (error: Error) => void) =>
  ({ code, error }: Result): void =>
    code === SUCCESS ? resolve() : reject(error ?? new Error('the spans were not taken'));

/** A collector that finds fault with a batch is there; what it cannot take just now (429) is tried again by the exporter, and then it is away. */
const isAnswer = (error: unknown): boolean => {
  const { code } = error as { code?: unknown };
  return typeof code === 'number' && code >= 400 && code < 500 && code !== 429;
};
