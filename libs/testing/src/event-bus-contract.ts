import { setTimeout as pause } from 'node:timers/promises';
import type { BusMessage, EventBus, SubscribeOptions, Subscription } from '@kernel/ports/event-bus.js';
import { eventually } from './eventually.js';

/** A bus over one context with a way to publish to it. */
export interface BusUnderTest {
  readonly bus: EventBus;
  readonly context: string;
  /** Publishes one event to each stream named, in order. */
  publish(...streams: string[]): Promise<void>;
  close(): Promise<void>;
}

const positions = (messages: readonly BusMessage[]): number[] => messages.map(({ event }) => event.position);
const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** What every adapter of the bus port promises, run against a real one. `makeBus` is asked for the number of partitions. */
export function eventBusContract(name: string, makeBus: (partitions: number) => Promise<BusUnderTest>): void {
  describe(`${name} keeps the bus contract`, () => {
    let under: BusUnderTest;
    let received: BusMessage[];
    let open: Subscription[];

    const follow = async (options: Partial<SubscribeOptions> = {}): Promise<Subscription> => {
      const subscription = await under.bus.subscribe({
        context: under.context,
        group: 'contract',
        from: async () => 0,
        maxBatch: 100,
        lingerMs: 0,
        onBatch: async (messages) => void received.push(...messages),
        ...options,
      });
      open.push(subscription);
      return subscription;
    };

    beforeEach(() => {
      received = [];
      open = [];
    });
    // A test that fails leaves its own open, and the process would wait for it.
    afterEach(async () => {
      await Promise.all(open.map((subscription) => subscription.close()));
      await under.close();
    });

    it('delivers what was published before and after the subscription, in order', async () => {
      under = await makeBus(1);
      await under.publish('order-1', 'order-2');
      await follow();
      await eventually(() => expect(received).toHaveLength(2));
      await under.publish('order-1', 'order-3');
      await eventually(() => expect(positions(received)).toEqual([1, 2, 3, 4]));
      expect(new Set(received.map(({ topic, partition }) => `${topic}/${partition}`))).toEqual(new Set([`${under.context}.events/0`]));
      expect(ascending(received.map(({ offset }) => offset))).toEqual(received.map(({ offset }) => offset));
    });

    it('starts after the position that the consumer names', async () => {
      under = await makeBus(1);
      await under.publish('order-1', 'order-2', 'order-3');
      await follow({ from: async () => 2 });
      await eventually(() => expect(received).toHaveLength(1));
      await under.publish('order-1');
      await eventually(() => expect(positions(received)).toEqual([3, 4]));
    });

    it('starts each partition after the position that the consumer names for it', async () => {
      under = await makeBus(3);
      const streams = upTo(30).map((n) => `order-${n}`);
      await under.publish(...streams);
      const asked = new Set<number>();
      const from = async (partition: number): Promise<number> => {
        asked.add(partition);
        return partition * 10;
      };
      await follow({ from });
      const wanted = upTo(30).filter((position) => position > under.bus.partitionOf(under.context, streams[position - 1]!) * 10);
      await eventually(() => expect(ascending(positions(received))).toEqual(wanted));
      expect(asked).toEqual(new Set([0, 1, 2]));
    });

    it('gives every group every event', async () => {
      under = await makeBus(1);
      const others: BusMessage[] = [];
      const one = await follow();
      const two = await follow({ group: 'other', onBatch: async (messages) => void others.push(...messages) });
      await under.publish('order-1', 'order-2');
      await eventually(() =>
        expect([positions(received), positions(others)]).toEqual([
          [1, 2],
          [1, 2],
        ]),
      );
      await Promise.all([one.close(), two.close()]);
    });

    it('keeps a stream in one partition, in order, and loses none between them', async () => {
      under = await makeBus(3);
      const streams = Array.from({ length: 30 }, (_, index) => `order-${index % 10}`);
      await follow();
      await under.publish(...streams);
      await eventually(() => expect(ascending(positions(received))).toEqual(upTo(30)));
      expect(under.bus.partitions(under.context)).toBe(3);
      for (const { event, partition } of received) expect(partition).toBe(under.bus.partitionOf(under.context, event.stream));
      for (const own of Map.groupBy(received, ({ partition }) => partition).values()) expect(positions(own)).toEqual(ascending(positions(own)));
      expect(new Set(received.map(({ partition }) => partition)).size).toBeGreaterThan(1);
    });

    it('tells how much is published, and what of it is in which partition', async () => {
      under = await makeBus(3);
      await eventually(async () => expect(await under.bus.published(under.context)).toEqual({ position: 0, last: [0, 0, 0] }));
      const streams = ['order-1', 'order-2', 'order-1', 'order-3', 'order-4'];
      await under.publish(...streams);
      const partitions = streams.map((stream) => under.bus.partitionOf(under.context, stream));
      const last = [0, 1, 2].map((partition) => partitions.lastIndexOf(partition) + 1);
      await eventually(async () => expect(await under.bus.published(under.context)).toEqual({ position: 5, last }));
      await under.publish('order-1');
      last[partitions[0]!] = 6;
      await eventually(async () => expect(await under.bus.published(under.context)).toEqual({ position: 6, last }));
    });

    it('delivers no more in one batch than the consumer takes', async () => {
      under = await makeBus(2);
      const sizes: number[] = [];
      await under.publish(...upTo(25).map((n) => `order-${n}`));
      await follow({ maxBatch: 4, onBatch: async (messages) => void sizes.push(messages.length) });
      await eventually(() => expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(25));
      expect(Math.max(...sizes)).toBeLessThanOrEqual(4);
    });

    it('handles one batch at a time', async () => {
      under = await makeBus(3);
      let inHand = 0;
      let most = 0;
      const onBatch = async (messages: readonly BusMessage[]): Promise<void> => {
        most = Math.max(most, ++inHand);
        await pause(5);
        inHand -= 1;
        received.push(...messages);
      };
      await follow({ maxBatch: 3, onBatch });
      await under.publish(...upTo(30).map((n) => `order-${n}`));
      await eventually(() => expect(received).toHaveLength(30));
      expect(most).toBe(1);
    });

    it('delivers a failed batch again from where the consumer says', async () => {
      under = await makeBus(1);
      let done = 0;
      let failures = 2;
      await follow({
        maxBatch: 2,
        from: async () => done,
        onBatch: async (messages) => {
          if (messages[0]!.event.position > 1 && failures-- > 0) throw new Error('the engine is away');
          received.push(...messages.filter(({ event }) => event.position > done));
          done = messages.at(-1)!.event.position;
        },
      });
      await under.publish('order-1', 'order-2', 'order-3', 'order-4');
      await eventually(() => expect(positions(received)).toEqual([1, 2, 3, 4]));
    });

    it('delivers a failed batch of several partitions again, each from where the consumer says, and none twice that it had', async () => {
      under = await makeBus(3);
      const done = [0, 0, 0];
      let failures = 3;
      await follow({
        maxBatch: 7,
        from: async (partition) => done[partition]!,
        onBatch: async (messages) => {
          for (const message of messages) {
            // In the middle of it, with a part of it done.
            if (message.event.position % 5 === 0 && failures-- > 0) throw new Error('the engine is away');
            received.push(message);
            done[message.partition] = message.event.position;
          }
        },
      });
      await under.publish(...upTo(30).map((n) => `order-${n}`));
      await eventually(() => expect(ascending(positions(received))).toEqual(upTo(30)));
      for (const own of Map.groupBy(received, ({ partition }) => partition).values()) expect(positions(own)).toEqual(ascending(positions(own)));
    });

    it('asks again for a position that could not be had', async () => {
      under = await makeBus(1);
      let failures = 2;
      await under.publish('order-1', 'order-2');
      await follow({
        from: async () => {
          if (failures-- > 0) throw new Error('the database is away');
          return 1;
        },
      });
      await eventually(() => expect(positions(received)).toEqual([2]));
    });

    it('asks for no position twice at once, though the one of another partition cannot be had', async () => {
      under = await makeBus(3);
      await under.publish(...upTo(30).map((n) => `order-${n}`));
      const asking = [0, 0, 0];
      let most = 0;
      let failures = 3;
      const from = async (partition: number): Promise<number> => {
        most = Math.max(most, ++asking[partition]!);
        // Several times the pause before the first retry.
        if (partition > 0) await pause(200);
        asking[partition]! -= 1;
        if (partition === 0 && failures-- > 0) throw new Error('the database is away');
        return 0;
      };
      await follow({ from });
      await eventually(() => expect(ascending(positions(received))).toEqual(upTo(30)));
      expect(most).toBe(1);
    });

    it('delivers again, when asked to, what the consumer has passed over in a partition', async () => {
      under = await makeBus(3);
      const streams = upTo(30).map((n) => `order-${n}`);
      const own = upTo(30).filter((position) => under.bus.partitionOf(under.context, streams[position - 1]!) === 1);
      const done = [0, 0, 0];
      const subscription = await follow({
        from: async (partition) => done[partition]!,
        onBatch: async (messages) => {
          received.push(...messages);
          for (const { partition, event } of messages) if (partition !== 1) done[partition] = event.position;
        },
      });
      await under.publish(...streams);
      await eventually(() => expect(received).toHaveLength(30));
      subscription.again(1);
      await eventually(() => expect(positions(received.slice(30))).toEqual(own));
      await subscription.close();
    });

    it('gathers for the linger time, and hurries when asked', async () => {
      under = await makeBus(1);
      const batches: number[] = [];
      const subscription = await follow({ lingerMs: 60_000, onBatch: async (messages) => void batches.push(messages.length) });
      await under.publish('order-1');
      await eventually(() => expect(batches).toEqual([1]));
      await under.publish('order-2');
      await under.publish('order-3');
      await pause(100);
      expect(batches).toEqual([1]);
      subscription.hurry();
      await eventually(() => expect(batches).toEqual([1, 2]));
      await subscription.close();
    });

    it('rests for as long as batches take, a consumer that asks for it', async () => {
      under = await makeBus(1);
      const batches: { began: number; ended: number }[] = [];
      const onBatch = async (): Promise<void> => {
        const began = performance.now();
        await pause(40);
        batches.push({ began, ended: performance.now() });
      };
      const subscription = await follow({ rest: { calm: 3, hurried: 1 }, onBatch });
      const rests = async (times: number, hurry: boolean): Promise<void> => {
        const before = batches.length;
        await under.publish('order-1');
        if (hurry) subscription.hurry();
        await eventually(() => expect(batches.length).toBeGreaterThan(before));
        const [last, next] = [batches[before - 1], batches[before]!];
        // A timer may be a millisecond early.
        if (last) expect(next.began - last.ended).toBeGreaterThanOrEqual(times * 40 - 2);
      };
      for (const hurry of [false, false, true, true]) await rests(hurry ? 1 : 3, hurry);
      await subscription.close();
    });

    it('finishes the batch in hand before it closes, and delivers nothing after', async () => {
      under = await makeBus(1);
      let entered = false;
      const subscription = await follow({
        onBatch: async (messages) => {
          entered = true;
          await pause(100);
          received.push(...messages);
        },
      });
      await under.publish('order-1');
      await eventually(() => expect(entered).toBe(true));
      await subscription.close();
      expect(positions(received)).toEqual([1]);
      await under.publish('order-2');
      await pause(50);
      expect(positions(received)).toEqual([1]);
    });
  });
}
