import { MemoryLogs } from '@testing/memory-log.js';
import { eventBusContract } from '@testing/event-bus-contract.js';
import { LogEventBus } from './log-event-bus.js';
import { partitionOf } from './partition.js';

eventBusContract('the log bus', async (partitions) => {
  const logs = new MemoryLogs('ordering');
  return {
    context: 'ordering',
    bus: new LogEventBus(logs, { partitions, idleMs: 20 }),
    publish: async (...streams) => void logs.log('ordering').append(...streams.map((stream) => ({ type: 'ordering.OrderPlaced', stream, data: {} }))),
    close: async () => undefined,
  };
});

it('places a stream by a hash that no release may change', () => {
  expect(['order-1', 'order-2', 'product-85123A', 'stock-85123A'].map((stream) => partitionOf(stream, 16))).toMatchInlineSnapshot(`
   [
     13,
     4,
     15,
     0,
   ]
  `);
});
