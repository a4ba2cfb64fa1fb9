import { metrics } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { NodeSDK } from '@opentelemetry/sdk-node';
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
  const traces = otlpEndpoint !== undefined;
  const sdk = new NodeSDK({
    serviceName: service,
    // The metrics are public: host names and command lines are nobody's business.
    autoDetectResources: false,
    metricReaders: [reader],
    logRecordProcessors: [],
    // Left out, the SDK makes the OTLP exporter that the OTEL_* variables describe.
    ...(traces ? {} : { spanProcessors: [] }),
  });
  sdk.start();
  const stopObserving = observeProcess(metrics.getMeter('process'));
  return {
    traces,
    prometheus: async () => serializer.serialize((await reader.collect()).resourceMetrics),
    stop: async () => {
      stopObserving();
      await sdk.shutdown();
    },
  };
}
