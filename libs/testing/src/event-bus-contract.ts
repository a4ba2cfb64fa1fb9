import { setTimeout as pause } from 'node:timers/promises';
import type { BusMessage, EventBus, SubscribeOptions, Subscription } from '@kernel/ports/event-bus.js';
import { eventually } from './eventually.js';

/** A bus over one context (`ordering`) with a way to publish to it. */
export interface BusUnderTest {
  readonly bus: EventBus;
  /** Publishes one event to each stream named, in order. */
  publish(...streams: string[]): Promise<void>;
  close(): Promise<void>;
}

const positions = (messages: readonly BusMessage[]): number[] => messages.map(({ event }) => event.position);

/** What every adapter of the bus port promises, run against a real one. `makeBus` is asked for the number of partitions. */
export function eventBusContract(name: string, makeBus: (partitions: number) => Promise<BusUnderTest>): void {
  describe(`${name} keeps the bus contract`, () => {
    let under: BusUnderTest;
    let received: BusMessage[];
    let open: Subscription[];

    const follow = async (options: Partial<SubscribeOptions> = {}): Promise<Subscription> => {
      const subscription = await under.bus.subscribe({
        context: 'ordering',
        group: 'contract',
        partition: 0,
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
      const subscription = await follow();
      await eventually(() => expect(received).toHaveLength(2));
      await under.publish('order-1', 'order-3');
      await eventually(() => expect(positions(received)).toEqual([1, 2, 3, 4]));
      expect(received.map(({ topic }) => topic)).toEqual(Array(4).fill('ordering.events'));
      await subscription.close();
    });

    it('starts after the position that the consumer names', async () => {
      under = await makeBus(1);
      await under.publish('order-1', 'order-2', 'order-3');
      const subscription = await follow({ from: async () => 2 });
      await eventually(() => expect(positions(received).filter((position) => position > 2)).toEqual([3]));
      await subscription.close();
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

    it('keeps a stream in one partition and loses none between them', async () => {
      under = await makeBus(3);
      const streams = Array.from({ length: 30 }, (_, index) => `order-${index % 10}`);
      const subscriptions = await Promise.all([0, 1, 2].map((partition) => follow({ partition })));
      await under.publish(...streams);
      await eventually(() => expect(received).toHaveLength(30));
      const home = new Map<string, number>();
      for (const { event, partition } of received)
        expect(home.set(event.stream, home.get(event.stream) ?? partition).get(event.stream)).toBe(partition);
      for (const stream of home.keys()) {
        const seen = positions(received.filter(({ event }) => event.stream === stream));
        expect(seen).toEqual([...seen].sort((a, b) => a - b));
      }
      expect(new Set(home.values()).size).toBeGreaterThan(1);
      await Promise.all(subscriptions.map((subscription) => subscription.close()));
    });

    it('delivers a failed batch again from where the consumer says', async () => {
      under = await makeBus(1);
      let done = 0;
      let failures = 2;
      const subscription = await follow({
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
