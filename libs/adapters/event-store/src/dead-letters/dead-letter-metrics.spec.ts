import { startTelemetry } from '@adapters/runtime/src/telemetry/telemetry.js';

it('tells what is parked and held, by context and kind, until it is stopped', async () => {
  const telemetry = startTelemetry({ service: 'spec', otlpEndpoint: undefined });
  // Meters are those of the telemetry that runs when they are made.
  const { observeDeadLetters } = await import('./dead-letter-metrics.js');
  const count = { context: 'ordering', kind: 'saga-message' } as const;
  let reads = 0;
  const stop = observeDeadLetters(() => {
    reads += 1;
    return Promise.resolve([
      { ...count, state: 'parked', count: 0 },
      { ...count, state: 'held', count: 3 },
    ]);
  });
  const text = await telemetry.prometheus();
  stop();
  const before = reads;
  await telemetry.prometheus();
  await telemetry.stop();
  expect(text).toMatch(/^nebulocart_dead_letters\{context="ordering",kind="saga-message",state="parked".*\} 0$/m);
  expect(text).toMatch(/^nebulocart_dead_letters\{context="ordering",kind="saga-message",state="held".*\} 3$/m);
  expect([before, reads]).toEqual([1, 1]);
});
