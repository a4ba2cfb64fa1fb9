import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@testing/eventually.js';
import { TestKafka } from '@testing/kafka.js';
import { Ledger, testKafkaBus, type TestKafkaBus } from '@testing/kafka-bus.js';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** The first time that each position is on the topic: what a relay has sent again comes after it. */
const firsts = (positions: readonly number[]): number[] => [...new Set(positions)];

describe('a broker that dies', () => {
  let broker: TestKafka;
  let test: TestKafkaBus;
  beforeEach(async () => {
    broker = await TestKafka.start();
    test = await testKafkaBus({ partitions: 4, brokers: broker.brokers });
  }, 120_000);
  afterEach(async () => {
    await test.close();
    await broker.drop();
  });

  it('loses nothing, doubles nothing and inverts no stream under load', async () => {
    const ledger = new Ledger();
    const buses = [test.bus(), test.bus()];
    test.relay('relay').start();
    const subscriptions = await Promise.all(buses.map((bus, index) => bus.subscribe(ledger.member(test.context, `member-${index}`))));
    let producing = true;
    let appended = 0;
    // No faster than they keep up, and on while the broker is away.
    const load = (async () => {
      for (; producing; await pause(10)) {
        if (appended - ledger.handled.length < 500) appended += test.append(...upTo(10).map((n) => `order-${(appended + n) % 17}`)).length;
      }
    })();
    for (const more of [200, 400]) {
      await eventually(() => expect(ledger.handled.length).toBeGreaterThan(more), 30_000);
      await broker.kill();
      const before = appended;
      await eventually(() => expect(appended).toBeGreaterThanOrEqual(before + 100));
      await broker.restart();
      const down = ledger.handled.length;
      await eventually(() => expect(ledger.handled.length).toBeGreaterThan(down), 30_000);
    }
    producing = false;
    await load;
    await eventually(() => expect(ledger.positions).toEqual(upTo(appended)), 30_000);
    expect(ledger.inverted()).toEqual([]);
    await Promise.all(subscriptions.map((subscription) => subscription.close()));
    for (const messages of await test.onTopic()) {
      const positions = firsts(messages.map(({ headers }) => Number(headers!['ce_position']!.toString())));
      expect(positions).toEqual([...positions].sort((a, b) => a - b));
    }
  }, 120_000);

  it('keeps nobody from starting or stopping while it is away', async () => {
    await broker.kill();
    const ledger = new Ledger();
    const relay = test.relay('relay');
    relay.start();
    const [waiting, leaving] = await Promise.all([
      test.bus().subscribe(ledger.member(test.context, 'waiting')),
      test.bus().subscribe(new Ledger().member(test.context, 'leaving')),
    ]);
    test.append('order-1', 'order-2');
    await eventually(() => expect(relay.failure).toBeInstanceOf(Error), 20_000);
    await leaving.close();
    await broker.restart();
    await eventually(() => expect(ledger.positions).toEqual([1, 2]), 40_000);
    expect(relay.failure).toBeNull();
    await waiting.close();
  }, 120_000);

  it('that hangs keeps nobody from stopping', async () => {
    const ledger = new Ledger();
    const relay = test.relay('relay');
    relay.start();
    const subscription = await test.bus().subscribe(ledger.member(test.context, 'one'));
    test.append('order-1');
    await eventually(() => expect(ledger.positions).toEqual([1]), 30_000);
    broker.hang();
    const began = performance.now();
    await subscription.close();
    expect(performance.now() - began).toBeLessThan(15_000);
    broker.goOn();
    await relay.stop();
  }, 120_000);
});
