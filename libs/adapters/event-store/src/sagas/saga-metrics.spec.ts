import { startTelemetry } from '@adapters/runtime/src/telemetry/telemetry.js';

it('tells of no trouble before there is any', async () => {
  const telemetry = startTelemetry({ service: 'spec', otlpEndpoint: undefined });
  // Meters are those of the telemetry that runs when they are made.
  const { observeSagas, sagaMetrics } = await import('./saga-metrics.js');
  sagaMetrics.begin(['fulfilment', 'return']);
  const stop = observeSagas(() =>
    Promise.resolve({ byStatus: [{ saga: 'return', status: 'failed', count: 0 }], stuck: [{ saga: 'return', count: 0 }] }),
  );
  const text = await telemetry.prometheus();
  stop();
  await telemetry.stop();
  expect(text).toMatch(/^nebulocart_sagas_stuck\{saga="return".*\} 0$/m);
  expect(text).toMatch(/^nebulocart_sagas\{saga="return",status="failed".*\} 0$/m);
  for (const saga of ['fulfilment', 'return'])
    expect(text).toMatch(new RegExp(`^nebulocart_saga_parked_messages_total\\{saga="${saga}".*\\} 0$`, 'm'));
});
