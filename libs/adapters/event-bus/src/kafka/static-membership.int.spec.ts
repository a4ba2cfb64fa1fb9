import { Logger } from '@nestjs/common';
import { logLevel, type Consumer } from 'kafkajs';
import type { ReceivedBatch } from '@kernel/ports/command-transport.js';
import type { Subscription } from '@kernel/ports/event-bus.js';
import { eventually } from '@testing/eventually.js';
import { sharedKafka } from '@testing/kafka.js';
import { commandOf } from '@testing/kafka-commands.js';
import { Ledger, testKafkaBus, type TestKafkaBus } from '@testing/kafka-bus.js';
import { MemberProcess, SESSION_MS } from '@testing/member-process.js';
import { TEST_KEYS } from '@testing/topic-keys.js';
import { kafkaClient } from './kafka-client.js';
import { KafkaCommands } from './kafka-commands.js';
import type { KafkaEventBus } from './kafka-event-bus.js';
import { NamedKafka } from './static-membership.js';
import { makeTopics } from './topics.js';

const PARTITIONS = 4;
const WAIT_MS = 30_000;
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
  const join = async (process: MemberProcess, by: string): Promise<{ bus: KafkaEventBus; subscription: Subscription }> => {
    const options = { sessionTimeoutMs: SESSION_MS, silenceMs: process.silenceMs, maxRetryMs: 50 };
    const bus = test.bus(options, { kafka: process.kafka });
    const subscription = await bus.subscribe(ledger.member(test.context, by));
    open.push(subscription);
    return { bus, subscription };
  };
  /** All are members of one generation, as each has heard since, and share the partitions. */
  const settled = (...processes: MemberProcess[]) =>
    eventually(() => {
      expect(processes.flatMap(({ partitions }) => partitions).toSorted()).toEqual([0, 1, 2, 3]);
      expect(new Set(processes.map(({ generation }) => generation)).size).toBe(1);
      expect(processes[0]!.generation).toBeGreaterThan(0);
    }, WAIT_MS);
  const heardFrom = async (...processes: MemberProcess[]): Promise<void> => {
    const heard = processes.map(({ heartbeats }) => heartbeats);
    await eventually(() => expect(processes.every(({ heartbeats }, index) => heartbeats > heard[index]! + 1)).toBe(true), WAIT_MS);
  };

  it.each([
    ['the first', 0],
    ['the last', 1],
  ])('that dies and comes back under it has its partitions back, and nobody else hears of it: %s to join', async (_, which) => {
    const processes = [new MemberProcess(brokers, 'one'), new MemberProcess(brokers, 'two')] as const;
    const [dying, other] = which === 0 ? processes : [processes[1], processes[0]];
    await join(processes[0], 'one');
    await settled(processes[0]);
    await join(processes[1], 'two');
    await settled(...processes);
    const { generation, partitions } = dying;
    const { joins } = other;
    dying.die();
    const back = new MemberProcess(brokers, dying.name);
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
    const [leaving, staying] = [new MemberProcess(brokers, 'one'), new MemberProcess(brokers, 'two')];
    const { subscription } = await join(leaving, 'one');
    await join(staying, 'two');
    await settled(leaving, staying);
    await subscription.close();
    await eventually(() => expect(staying.partitions).toEqual([0, 1, 2, 3]), WAIT_MS);
  });

  it('that another process takes stays out, says so and is not ready, and the other one keeps working', async () => {
    const [older, newer] = [new MemberProcess(brokers, 'one'), new MemberProcess(brokers, 'one')];
    const { bus } = await join(older, 'older');
    await settled(older);
    await bus.ping();
    const { generation, made } = older;
    const other = await join(newer, 'newer');
    await eventually(() => expect(errors).toHaveLength(1), WAIT_MS);
    expect(errors[0]).toMatch(new RegExp(`joined ${group()} under the INSTANCE_NAME of this one.*name of its own, and start this one again`));
    await expect(bus.ping()).rejects.toThrow('not a member of ledger');
    test.append(...upTo(20).map((n) => `order-${n}`));
    await handled(20);
    await heardFrom(newer);
    expect(new Set(ledger.handled.map(({ by }) => by))).toEqual(new Set(['newer']));
    // What the older one said on its way out has not put the newer one out.
    expect([newer.generation, newer.joins, newer.made, older.made]).toEqual([generation, 1, 1, made]);
    await other.bus.ping();
  });

  it('takes it back from a consumer of its own that was given up, and whose wish to join comes late', async () => {
    const process = new MemberProcess(brokers, 'one', { silenceMs: 3_000, losesJoins: 1 });
    const { bus } = await join(process, 'one');
    await settled(process);
    const { made, lost } = process;
    expect(lost).toHaveLength(1);
    await process.sendLost();
    await eventually(() => expect(process.made).toBeGreaterThan(made), WAIT_MS);
    test.append(...upTo(20).map((n) => `order-${n}`));
    await handled(20);
    await heardFrom(process);
    await bus.ping();
    expect(errors).toEqual([]);
  });

  it('is not taken from a consumer by one that was made before it in the same process', async () => {
    const kafka = new NamedKafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }, 'one');
    const make = () => kafka.consumer({ groupId: group(), retry: { restartOnFailure: async () => true } });
    const [former, latter] = [make(), make()];
    const begin = async (consumer: Consumer): Promise<void> => {
      await consumer.connect();
      await consumer.subscribe({ topic: test.topic });
      await consumer.run({ eachBatch: async () => undefined });
    };
    const members = async () => (await latter.describeGroup()).members.map(({ memberId }) => memberId);
    const crashes: string[] = [];
    former.on(former.events.CRASH, ({ payload }) => void crashes.push(payload.error.message));
    try {
      await begin(latter);
      const joined = await eventually(async () => {
        const ids = await members();
        expect(ids).toEqual([expect.stringMatching(/^one-/)]);
        return ids;
      }, WAIT_MS);
      await begin(former);
      await eventually(() => expect(crashes).toEqual(['another consumer of this process has taken the place of this one']), WAIT_MS);
      expect(await members()).toEqual(joined);
    } finally {
      await Promise.all([former.disconnect(), latter.disconnect()]);
    }
  });

  it('joins again after the broker took it for dead', async () => {
    const process = new MemberProcess(brokers, 'one');
    await join(process, 'one');
    await settled(process);
    await test.withAdmin(async (admin) => {
      const { groups } = await admin.describeGroups([group()]);
      expect(groups[0]!.members.map(({ memberId }) => memberId)).toEqual([expect.stringMatching(/^one-/)]);
    });
    const { joins } = process;
    await process.expire(group());
    await eventually(() => expect(process.joins).toBeGreaterThan(joins), WAIT_MS);
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
      await older.commands.ping();
      newer.receive();
      await received(newer, 12);
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
    const processes = [new MemberProcess(brokers), new MemberProcess(brokers)];
    for (const process of processes) await join(process, 'any');
    await settled(...processes);
    await test.withAdmin(async (admin) => {
      const { groups } = await admin.describeGroups([group()]);
      expect(groups[0]!.members.map(({ memberId }) => memberId)).toEqual(Array(2).fill(expect.stringMatching(/^test-/)));
    });
  });
});
