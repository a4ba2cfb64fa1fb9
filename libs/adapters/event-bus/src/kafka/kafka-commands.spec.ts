import type { Kafka } from 'kafkajs';
import { commandOf } from '@testing/kafka-commands.js';
import { TEST_KEYS } from '@testing/topic-keys.js';
import { KafkaCommands } from './kafka-commands.js';

describe('commands on their way to Kafka', () => {
  const send = async (...sizes: number[]): Promise<number[][]> => {
    const batches: number[][] = [];
    const producer = {
      connect: async () => undefined,
      disconnect: async () => undefined,
      send: async ({ messages }: { messages: { value: string }[] }) => void batches.push(messages.map(({ value }) => value.length)),
    };
    const commands = new KafkaCommands({ producer: () => producer } as unknown as Kafka, TEST_KEYS);
    await commands.send(
      'shop',
      sizes.map((size, n) => commandOf('shop', 'a', n, { data: 'x'.repeat(size) })),
    );
    await commands.close();
    return batches;
  };

  it('are sent together', async () => {
    expect(await send(1, 2, 3)).toEqual([[1, 2, 3]]);
  });

  it('are sent one batch after the other, in order, where together they were larger than a topic takes', async () => {
    expect(await send(300_000, 300_000, 300_000, 900_000, 1, 2)).toEqual([[300_000, 300_000], [300_000], [900_000], [1, 2]]);
  });
});
