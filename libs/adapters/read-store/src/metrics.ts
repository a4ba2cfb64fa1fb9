import { metrics } from '@opentelemetry/api';

const meter = metrics.getMeter('nebulocart.read-store');

export const landedRows = meter.createCounter('nebulocart_landing_rows', { description: 'Events that reached the ledger' });
export const landedBlocks = meter.createCounter('nebulocart_landing_blocks', { description: 'Blocks that reached the ledger' });
export const landingSeconds = meter.createHistogram('nebulocart_landing_duration', {
  description: 'From an intent to its done mark',
  unit: 's',
  advice: { explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] },
});
export const resentBlocks = meter.createCounter('nebulocart_landing_resent_blocks', {
  description: 'Open intents sent again after a failure or a crash',
});
export const rebuildSeconds = meter.createHistogram('nebulocart_rebuild_duration', { description: 'Time a new generation took', unit: 's' });

export const proofSeconds = meter.createHistogram('nebulocart_audit_proof_duration', {
  description: 'Time that a proof of the certificate took',
  unit: 's',
});

export const backgroundDifferences = meter.createCounter('nebulocart_audit_background_differences', {
  description: 'Positions that the background audit found to differ between the log and the ledger',
});

/** Observes a gauge by context for as long as the returned function is not called. */
export function observeByContext(name: string, description: string, unit: string, read: () => Promise<ReadonlyMap<string, number>>): () => void {
  const gauge = meter.createObservableGauge(name, { description, unit });
  const callback = async (result: { observe(value: number, attributes: { context: string }): void }): Promise<void> => {
    for (const [context, value] of await read()) result.observe(value, { context });
  };
  gauge.addCallback(callback);
  return () => gauge.removeCallback(callback);
}
