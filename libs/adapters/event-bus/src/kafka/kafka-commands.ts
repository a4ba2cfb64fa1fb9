import { metrics } from '@opentelemetry/api';
import type { Kafka, Producer } from 'kafkajs';
import { CommandTransport, type ReceiveOptions, type Reception, type TravellingCommand } from '@kernel/ports/command-transport.js';
import type { PoisonMessage } from '@kernel/ports/dead-letters.js';
import { within } from '../within.js';
import { CommandConsumer } from './command-consumer.js';
import { fromCommandMessage, toCommandMessage } from './command-message.js';
import { commandsTopic } from './message.js';
import type { TopicKeys } from './topic-keys.js';

const sent = metrics.getMeter('nebulocart.sagas').createCounter('nebulocart_commands_sent', {
  description: 'Commands of sagas that were sent to the context that carries them out',
});

/** Most bytes of data in one batch; a single command may be larger. What a broker refuses as too large would be sent again for ever. */
const MAX_BYTES = 700_000;

/** Longest wait for the last batch to be acknowledged, ms. */
const CLOSE_MS = 5_000;

/** Commands over Kafka: a topic for each context that carries out any. */
export class KafkaCommands extends CommandTransport {
  private producer: Promise<Producer> | null = null;
  private sending: Promise<unknown> = Promise.resolve();
  private readonly receptions: CommandConsumer[] = [];

  constructor(
    private readonly kafka: Kafka,
    private readonly keys: TopicKeys,
  ) {
    super();
  }

  /** One batch at a time, acknowledged by every replica: what a broker's crash interrupts must not overtake what comes after it. */
  send(target: string, commands: readonly TravellingCommand[]): Promise<void> {
    const turn = this.sending.then(() => this.produce(target, commands));
    this.sending = turn.catch(() => undefined);
    return turn;
  }

  receive(options: ReceiveOptions): Reception {
    const reception = new CommandConsumer(this.kafka, this.keys, options);
    this.receptions.push(reception);
    return reception;
  }

  override async ping(): Promise<void> {
    const missing = this.receptions.flatMap((reception) => reception.missing ?? []);
    if (missing.length > 0) throw new Error(`stays out of ${missing.join(', ')}`);
  }

  read({ context, topic, key, value, headers }: PoisonMessage): TravellingCommand {
    if (topic !== commandsTopic(context)) throw new Error(`${topic} is not the topic of ${context}'s commands`);
    return fromCommandMessage(
      context,
      { key: key === null ? null : Buffer.from(key), value: value === null ? null : Buffer.from(value), headers: { ...headers } },
      this.keys,
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.receptions.map((reception) => reception.close()));
    // A broker that hangs must not keep this process from its end: what is not known to be sent is sent again.
    await within(
      CLOSE_MS,
      this.sending.then(() => this.drop()),
    );
  }

  private async produce(target: string, commands: readonly TravellingCommand[]): Promise<void> {
    try {
      const producer = await (this.producer ??= this.connect());
      for (const batch of batchesOf(commands)) {
        await producer.send({ topic: commandsTopic(target), acks: -1, messages: batch.map((command) => toCommandMessage(command, this.keys)) });
      }
    } catch (error) {
      // The next one begins with a connection of its own.
      await this.drop();
      throw error;
    }
    sent.add(commands.length, { context: target });
  }

  private async connect(): Promise<Producer> {
    const producer = this.kafka.producer({ allowAutoTopicCreation: false, idempotent: false, maxInFlightRequests: 1 });
    try {
      await producer.connect();
    } catch (error) {
      await producer.disconnect().catch(() => undefined);
      throw error;
    }
    return producer;
  }

  private async drop(): Promise<void> {
    const producer = this.producer;
    this.producer = null;
    await producer?.then((connected) => connected.disconnect()).catch(() => undefined);
  }
}

function batchesOf(commands: readonly TravellingCommand[]): TravellingCommand[][] {
  const batches: TravellingCommand[][] = [[]];
  let bytes = 0;
  for (const command of commands) {
    const own = Buffer.byteLength(command.data);
    if (bytes + own > MAX_BYTES && bytes > 0) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)!.push(command);
    bytes += own;
  }
  return batches;
}
