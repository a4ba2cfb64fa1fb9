import { metrics } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { Breakers } from '@kernel/ports/breakers.js';
import { GuardedExporter } from './guarded-exporter.js';
import { observeProcess } from './process-metrics.js';

export interface TelemetryOptions {
  readonly service: string;
  /** Where spans go by OTLP; undefined makes none. */
  readonly otlpEndpoint: string | undefined;
}

/** What the process measures of itself, as Prometheus reads it; its own injection token. */
export abstract class Telemetry {
  /** True where spans are exported. */
  abstract readonly traces: boolean;
  /** Puts the exporter behind a breaker `otlp`; breakers are measured, and so are made after this has started. */
  abstract guard(breakers: Breakers): void;
  /** Every metric in Prometheus' text format. */
  abstract prometheus(): Promise<string>;
  /** Sends what is left. */
  abstract stop(): Promise<void>;
}

/**
 * Starts OpenTelemetry's SDK. Call it before anything makes an instrument: instruments made earlier record nothing.
 * Nothing is instrumented automatically: wrapping every query and socket costs more on the hot path than it tells.
 */
export function startTelemetry({ service, otlpEndpoint }: TelemetryOptions): Telemetry {
  const reader = new PrometheusExporter({ preventServerStart: true });
  const serializer = new PrometheusSerializer('', false, undefined, false, true);
  // Reads the endpoint, as all else about itself, from the OTEL_* variables.
  const exporter = otlpEndpoint === undefined ? null : new GuardedExporter(new OTLPTraceExporter());
  const sdk = new NodeSDK({
    serviceName: service,
    // The metrics are public: host names and command lines are nobody's business.
    autoDetectResources: false,
    metricReaders: [reader],
    logRecordProcessors: [],
    ...(exporter ? { traceExporter: exporter } : { spanProcessors: [] }),
  });
  sdk.start();
  const stopObserving = observeProcess(metrics.getMeter('process'));
  return {
    traces: exporter !== null,
    guard: (breakers) => exporter?.guard(breakers),
    prometheus: async () => serializer.serialize((await reader.collect()).resourceMetrics),
    stop: async () => {
      stopObserving();
      await sdk.shutdown();
    },
  };
}
