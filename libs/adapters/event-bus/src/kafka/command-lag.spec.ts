import { startTelemetry } from '@adapters/runtime/src/telemetry/telemetry.js';
import type { EachBatchPayload, Kafka } from 'kafkajs';
import { eventually } from '@testing/eventually.js';
import { TEST_KEYS } from '@testing/topic-keys.js';

it('tells how many commands of a partition are still to be kept, for as long as it has the partition', async () => {
  const telemetry = startTelemetry({ service: 'spec', otlpEndpoint: undefined });
  // Meters are those of the telemetry that runs when they are made.
  const { CommandConsumer } = await import('./command-consumer.js');
  let eachBatch: ((payload: EachBatchPayload) => Promise<void>) | undefined;
  const listeners = new Map<string, () => void>();
  const consumer = {
    events: { GROUP_JOIN: 'join', HEARTBEAT: 'heartbeat', CRASH: 'crash' },
    on: (name: string, listener: () => void) => listeners.set(name, listener),
    connect: async () => undefined,
    subscribe: async () => undefined,
    run: async (options: { eachBatch: typeof eachBatch }) => void (eachBatch = options.eachBatch),
    disconnect: async () => undefined,
  };
  const { promise: kept, resolve: keep } = Promise.withResolvers<void>();
  const options = { context: 'shop', onBatch: () => kept, onError: () => undefined };
  const reception = new CommandConsumer({ consumer: () => consumer } as unknown as Kafka, TEST_KEYS, options);
  await eventually(() => expect(eachBatch).toBeDefined());
  const lag = async () => /^bus_consumer_lag\{(?=.*group="shop.commands")(?=.*partition="2").*\} (\d+)$/m.exec(await telemetry.prometheus())?.[1];
  const taken = eachBatch!({
    batch: { partition: 2, messages: [], highWatermark: '10', firstOffset: () => '3', lastOffset: () => '5' },
    heartbeat: async () => undefined,
    isRunning: () => true,
    isStale: () => false,
    resolveOffset: () => undefined,
    uncommittedOffsets: () => ({ topics: [] }),
    commitOffsetsIfNecessary: async () => undefined,
  } as unknown as EachBatchPayload);
  const told = [await lag()];
  keep();
  await taken;
  told.push(await lag());
  listeners.get('join')!();
  told.push(await lag());
  await reception.close();
  await telemetry.stop();
  expect(told).toEqual(['7', '4', '0']);
});
