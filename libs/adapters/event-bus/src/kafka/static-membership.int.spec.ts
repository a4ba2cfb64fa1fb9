import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { Kafka, logLevel, type ISocketFactory } from 'kafkajs';
import type { ReceivedBatch } from '@kernel/ports/command-transport.js';
import type { Subscription } from '@kernel/ports/event-bus.js';
import { eventually } from '@testing/eventually.js';
import { sharedKafka } from '@testing/kafka.js';
import { commandOf } from '@testing/kafka-commands.js';
import { Ledger, testKafkaBus, type TestKafkaBus } from '@testing/kafka-bus.js';
import { TEST_KEYS } from '@testing/topic-keys.js';
import { kafkaClient } from './kafka-client.js';
import { KafkaCommands } from './kafka-commands.js';
import type { KafkaEventBus } from './kafka-event-bus.js';
import { NamedKafka } from './static-membership.js';
import { makeTopics } from './topics.js';

const PARTITIONS = 4;
/** Longer than a test: whatever moves partitions in it is not the end of a session. */
const SESSION_MS = 120_000;
const WAIT_MS = 30_000;
const JOIN_GROUP = 11;
const LEAVE_GROUP = 13;
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('a member of a group with a name', () => {
  let brokers: readonly string[];
  let test: TestKafkaBus;
  let ledger: Ledger;
  let open: Subscription[];
  let errors: string[];
  beforeEach(async () => {
    ({ brokers } = await sharedKafka());
    test = await testKafkaBus({ partitions: PARTITIONS });
    [ledger, open, errors] = [new Ledger(), [], []];
    const silent = () => undefined;
    Logger.overrideLogger({ log: silent, warn: silent, error: (text: string) => void errors.push(text) });
    await makeTopics(test.kafka, test.context, { partitions: PARTITIONS, replication: 1 });
    test.relay('relay').start();
  });
  afterEach(async () => {
    await Promise.all(open.map((subscription) => subscription.close()));
    await test.close();
    Logger.overrideLogger(false);
  });

  const group = (): string => `ledger.${test.context}`;
  const handled = (count: number) => eventually(() => expect(ledger.positions).toEqual(upTo(count)), WAIT_MS);
  const join = async (process: Process, by: string): Promise<{ bus: KafkaEventBus; subscription: Subscription }> => {
    const options = { sessionTimeoutMs: SESSION_MS, silenceMs: process.silenceMs, maxRetryMs: 50 };
    const bus = test.bus(options, { kafka: process.kafka });
    const subscription = await bus.subscribe(ledger.member(test.context, by));
    open.push(subscription);
    return { bus, subscription };
  };
  /** All are members of one generation, as each has heard since, and share the partitions. */
  const settled = (...processes: Process[]) =>
    eventually(() => {
      expect(processes.flatMap(({ partitions }) => partitions).toSorted()).toEqual([0, 1, 2, 3]);
      expect(new Set(processes.map(({ generation }) => generation)).size).toBe(1);
      expect(processes[0]!.generation).toBeGreaterThan(0);
    }, WAIT_MS);
  const heardFrom = async (...processes: Process[]): Promise<void> => {
    const heard = processes.map(({ heartbeats }) => heartbeats);
    await eventually(() => expect(processes.every(({ heartbeats }, index) => heartbeats > heard[index]! + 1)).toBe(true), WAIT_MS);
  };

  it.each([
    ['the first', 0],
    ['the last', 1],
  ])('that dies and comes back under it has its partitions back, and nobody else hears of it: %s to join', async (_, which) => {
    const processes = [new Process(brokers, 'one'), new Process(brokers, 'two')] as const;
    const [dying, other] = which === 0 ? processes : [processes[1], processes[0]];
    await join(processes[0], 'one');
    await settled(processes[0]);
    await join(processes[1], 'two');
    await settled(...processes);
    const { generation, partitions } = dying;
    const { joins } = other;
    dying.die();
    const back = new Process(brokers, dying.name);
    await join(back, 'back');
    await settled(back, other);
    await heardFrom(back, other);
    expect([back.generation, back.partitions, other.joins]).toEqual([generation, partitions, joins]);
    test.append(...upTo(20).map((n) => `order-${n}`));
    await handled(20);
    expect(new Set(ledger.handled.map(({ by }) => by)).has('back')).toBe(true);
    expect(errors).toEqual([]);
  });

  it('that is closed leaves its partitions at once, long before its session is over', async () => {
    const [leaving, staying] = [new Process(brokers, 'one'), new Process(brokers, 'two')];
    const { subscription } = await join(leaving, 'one');
    await join(staying, 'two');
    await settled(leaving, staying);
    await subscription.close();
    await eventually(() => expect(staying.partitions).toEqual([0, 1, 2, 3]), WAIT_MS);
  });

  it('that another process takes stays out, says so and is not ready, and the other one keeps working', async () => {
    const [older, newer] = [new Process(brokers, 'one'), new Process(brokers, 'one')];
    const { bus } = await join(older, 'older');
    await settled(older);
    await bus.ping();
    const { generation } = older;
    const other = await join(newer, 'newer');
    await eventually(() => expect(errors).toHaveLength(1), WAIT_MS);
    expect(errors[0]).toMatch(new RegExp(`joined ${group()} under the INSTANCE_NAME of this one.*name of its own, and start this one again`));
    await expect(bus.ping()).rejects.toThrow('not a member of ledger');
    test.append(...upTo(20).map((n) => `order-${n}`));
    await handled(20);
    await heardFrom(newer);
    expect(new Set(ledger.handled.map(({ by }) => by))).toEqual(new Set(['newer']));
    // What the older one said on its way out has not put the newer one out.
    expect([newer.generation, newer.joins, newer.made, older.made]).toEqual([generation, 1, 1, 1]);
    await other.bus.ping();
  });

  it('takes it back from a consumer of its own that was given up, and whose wish to join comes late', async () => {
    const process = new Process(brokers, 'one', { silenceMs: 1_500, losesJoins: 1 });
    const { bus } = await join(process, 'one');
    await settled(process);
    expect([process.made, process.lost.length]).toEqual([2, 1]);
    await process.sendLost();
    await eventually(() => expect(process.made).toBe(3), WAIT_MS);
    test.append(...upTo(20).map((n) => `order-${n}`));
    await handled(20);
    await heardFrom(process);
    await bus.ping();
    expect([process.made, errors]).toEqual([3, []]);
  });

  it('joins again after the broker took it for dead', async () => {
    const process = new Process(brokers, 'one');
    await join(process, 'one');
    await settled(process);
    await test.withAdmin(async (admin) => {
      const { groups } = await admin.describeGroups([group()]);
      expect(groups[0]!.members.map(({ memberId }) => memberId)).toEqual([expect.stringMatching(/^one-/)]);
    });
    await process.expire(group());
    await eventually(() => expect(process.joins).toBe(2), WAIT_MS);
    test.append('order-1');
    await handled(1);
    expect(errors).toEqual([]);
  });

  it('of commands that another process takes says so and stays out, although it commits what it had in hand', async () => {
    const [older, newer] = [receiver(), receiver()];
    const sender = new KafkaCommands(test.kafka, TEST_KEYS);
    const send = (...numbers: number[]) =>
      sender.send(
        test.context,
        numbers.map((n) => commandOf(test.context, `s-${n}`, n)),
      );
    const received = (by: typeof older, count: number) => eventually(() => expect(new Set(by.ids).size).toBe(count), WAIT_MS);
    try {
      older.receive();
      await send(1);
      await received(older, 1);
      const holding = older.hold();
      await send(...upTo(12));
      await holding.begun;
      newer.receive();
      await received(newer, 12);
      await older.commands.ping();
      holding.release();
      await eventually(() => expect(errors).toHaveLength(1), WAIT_MS);
      expect(errors[0]).toContain(`joined ${test.context}.commands under the INSTANCE_NAME of this one`);
      await expect(older.commands.ping()).rejects.toThrow(`stays out of ${test.context}.commands`);
      await send(...upTo(24));
      await received(newer, 24);
      await newer.commands.ping();
      expect(newer.errors).toEqual([]);
    } finally {
      await Promise.all([sender.close(), older.commands.close(), newer.commands.close()]);
    }
  });

  /** The receiving end of a process whose name is `one`; it can be made to hold the next batch in hand. */
  function receiver() {
    const commands = new KafkaCommands(kafkaClient({ brokers, clientId: 'test', instanceName: 'one' }), TEST_KEYS);
    const [ids, failures]: [string[], unknown[]] = [[], []];
    let gate = async (): Promise<void> => undefined;
    const onBatch = async (batch: ReceivedBatch): Promise<void> => {
      await gate();
      ids.push(...batch.commands.map(({ id }) => id));
    };
    const hold = () => {
      const [begun, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      gate = () => (begun.resolve(), released.promise);
      return { begun: begun.promise, release: released.resolve };
    };
    const receive = () => commands.receive({ context: test.context, onBatch, onError: (error) => failures.push(error) });
    return { commands, ids, errors: failures, hold, receive };
  }

  it('is none where none is given: two that have none share the partitions, under names that the broker gives', async () => {
    const processes = [new Process(brokers), new Process(brokers)];
    for (const process of processes) await join(process, 'any');
    await settled(...processes);
    await test.withAdmin(async (admin) => {
      const { groups } = await admin.describeGroups([group()]);
      expect(groups[0]!.members.map(({ memberId }) => memberId)).toEqual(Array(2).fill(expect.stringMatching(/^test-/)));
    });
  });
});

/** A process of its own, as far as a broker can tell; what it hears from its group is kept. */
class Process {
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

  private follow(consumer: ReturnType<Kafka['consumer']>): ReturnType<Kafka['consumer']> {
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
