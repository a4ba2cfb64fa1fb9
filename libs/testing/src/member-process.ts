import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Kafka, logLevel, type Consumer, type ISocketFactory } from 'kafkajs';
import { NamedKafka } from '@adapters/event-bus/src/kafka/static-membership.js';

/** Longer than a test: whatever moves partitions in one is not the end of a session. */
export const SESSION_MS = 120_000;
const JOIN_GROUP = 11;
const LEAVE_GROUP = 13;

/** A process of its own, as far as a broker can tell; what it hears from its group is kept. */
export class MemberProcess {
  readonly kafka: Kafka;
  readonly silenceMs: number;
  joins = 0;
  made = 0;
  heartbeats = 0;
  generation = 0;
  partitions: number[] = [];
  readonly lost: Buffer[] = [];
  private readonly sockets = new Set<Socket>();
  private isDead = false;

  constructor(
    private readonly brokers: readonly string[],
    readonly name?: string,
    { silenceMs = SESSION_MS, losesJoins = 0 } = {},
  ) {
    this.silenceMs = silenceMs;
    const socketFactory: ISocketFactory = ({ host, port, onConnect }) => {
      const socket = connect({ host, port }, onConnect);
      this.sockets.add(socket);
      if (this.isDead) socket.destroy();
      const write = socket.write.bind(socket);
      socket.write = (bytes: Buffer, ...rest: never[]) => {
        if (bytes.readInt16BE(4) !== JOIN_GROUP || this.lost.length >= losesJoins) return write(bytes, ...rest);
        this.lost.push(bytes);
        return true;
      };
      return socket;
    };
    const config = { brokers: [...brokers], clientId: 'test', logLevel: logLevel.NOTHING, socketFactory };
    this.kafka = name === undefined ? new Kafka(config) : new NamedKafka(config, name);
    const make = this.kafka.consumer.bind(this.kafka);
    this.kafka.consumer = (options) => this.follow(make({ ...options!, heartbeatInterval: 100 }));
  }

  /** As `kill -9`: nobody is told. */
  die(): void {
    this.isDead = true;
    for (const socket of this.sockets) socket.destroy();
  }

  /** What was lost on its way to the broker arrives after all. */
  sendLost(): Promise<void> {
    return this.tell(...this.lost);
  }

  /** The broker forgets it, as it does a member that was not heard of for too long: whoever knows the name may say so. */
  expire(groupId: string): Promise<void> {
    const text = (value: string): Buffer => Buffer.concat([Buffer.from([0, value.length]), Buffer.from(value)]);
    const [header, one] = [Buffer.from([0, LEAVE_GROUP, 0, 3, 0, 0, 0, 1]), Buffer.from([0, 0, 0, 1])];
    const body = Buffer.concat([header, text('test'), text(groupId), one, text(''), text(this.name!)]);
    return this.tell(Buffer.from([0, 0, 0, body.length]), body);
  }

  private async tell(...requests: Buffer[]): Promise<void> {
    const [host, port] = this.brokers[0]!.split(':');
    const socket = connect({ host: host!, port: Number(port) });
    for (const bytes of requests) socket.write(bytes);
    await once(socket, 'data');
    socket.destroy();
  }

  private follow(consumer: Consumer): Consumer {
    this.made += 1;
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      this.joins += 1;
      this.partitions = Object.values(payload.memberAssignment).flat();
      this.generation = 0;
    });
    consumer.on(consumer.events.HEARTBEAT, ({ payload }) => {
      this.heartbeats += 1;
      this.generation = payload.groupGenerationId;
    });
    return consumer;
  }
}
