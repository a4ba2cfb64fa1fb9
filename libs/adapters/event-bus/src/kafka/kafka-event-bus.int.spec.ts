import { eventBusContract } from '@testing/event-bus-contract.js';
import { testKafkaBus } from '@testing/kafka-bus.js';

eventBusContract('the Kafka bus', async (partitions) => {
  const test = await testKafkaBus({ partitions });
  test.relay('one').start();
  return { context: test.context, bus: test.bus(), publish: async (...streams) => void test.append(...streams), close: test.close };
});
