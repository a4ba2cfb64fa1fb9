import fc from 'fast-check';
import type { LoggedEvent } from '@kernel/event.js';
import { nextBatch } from './batch.js';
import { PartitionFeed } from './partition-feed.js';

const event = (position: number): LoggedEvent => ({ position, data: '{}', stream: 's' }) as LoggedEvent;

/** Takes what is ready, as far as `most` goes. */
function deliver(feed: PartitionFeed, most = Infinity): number[] {
  const { messages, counts } = nextBatch([feed], most);
  feed.handled(counts.get(feed) ?? 0);
  return messages.map((message) => message.event.position);
}

/** A partition that has the positions named, each message with the one before it. */
function partition(...positions: number[]) {
  return positions.map((position, index) => ({ event: event(position), previous: positions[index - 1] ?? 0 }));
}

describe('what a consumer holds of a partition', () => {
  let feed: PartitionFeed;
  beforeEach(() => (feed = new PartitionFeed('shop.events', 2)));

  const offer = (chained: ReturnType<typeof partition>, firstOffset = 0): boolean[] =>
    chained.map((message, index) => feed.offer(message, firstOffset + index));

  it('is delivered once the consumer has said where it is', () => {
    offer(partition(2, 5, 9));
    expect(deliver(feed)).toEqual([]);
    feed.place(2);
    expect(deliver(feed)).toEqual([5, 9]);
  });

  it('is not delivered twice, however often the topic gives it', () => {
    feed.place(0);
    expect(offer(partition(2, 5, 9))).toEqual([true, true, true]);
    expect(deliver(feed, 2)).toEqual([2, 5]);
    expect(offer(partition(2, 5, 9, 11), 3)).toEqual([false, false, false, true]);
    expect(deliver(feed)).toEqual([9, 11]);
    expect(feed.handledOffset).toBe(6);
  });

  it('waits behind a gap until the log has filled it', () => {
    feed.place(0);
    const whole = partition(2, 5, 9, 12);
    offer([whole[0]!, whole[3]!]);
    expect(deliver(feed)).toEqual([2]);
    expect(feed.gap()).toEqual({ after: 2, upTo: 9 });
    expect(feed.refill([event(1), event(2), event(5)], 7)).toBe(1);
    expect(deliver(feed)).toEqual([5]);
    expect(feed.gap()).toEqual({ after: 7, upTo: 9 });
    // The log's page may hold more than was missing.
    expect(feed.refill([event(9), event(12), event(13)], 13)).toBe(1);
    expect(feed.gap()).toBeNull();
    expect(deliver(feed)).toEqual([9, 12]);
  });

  it('goes on after a failure from where the consumer then is, and none of it is lost', () => {
    feed.place(0);
    offer(partition(2, 5, 9));
    feed.misplace();
    expect(deliver(feed)).toEqual([]);
    feed.place(2);
    expect(deliver(feed)).toEqual([5, 9]);
    // Taken back: the topic will not give it again.
    feed.misplace();
    feed.place(2);
    expect(feed.gap()).toEqual({ after: 2, upTo: 9 });
  });

  it('is owed what the relay has published and the topic does not give, at the second look', () => {
    feed.place(4);
    feed.published(9);
    expect(feed.gap()).toBeNull();
    feed.published(11);
    expect(feed.gap()).toEqual({ after: 4, upTo: 9 });
    feed.refill([event(7)], 9);
    expect(deliver(feed)).toEqual([7]);
    expect(feed.gap()).toBeNull();
    feed.published(9);
    feed.published(9);
    expect(feed.gap()).toBeNull();
  });

  it('is owed nothing while the topic still has more to give', () => {
    feed.place(0);
    offer(partition(2, 5));
    feed.end = 100;
    feed.published(90);
    feed.published(90);
    expect(feed.gap()).toBeNull();
    feed.end = 2;
    feed.published(90);
    feed.published(90);
    expect(feed.gap()).toEqual({ after: 5, upTo: 90 });
  });

  it('is owed what the topic was said to hold and has given nothing of at one look after the other', () => {
    feed.place(0);
    offer(partition(2, 5));
    feed.end = 100;
    const look = (times: number): void => {
      for (let left = times; left > 0; left -= 1) feed.published(90);
    };
    look(4);
    expect(feed.gap()).toBeNull();
    // It goes on after all.
    feed.skip(50);
    feed.end = 100;
    look(4);
    expect(feed.gap()).toBeNull();
    look(1);
    expect(feed.gap()).toEqual({ after: 5, upTo: 90 });
    feed.refill([], 90);
    deliver(feed);
    expect(feed.lag).toBe(0);
  });

  it('tells how far it is behind the topic', () => {
    feed.place(0);
    expect(feed.lag).toBe(0);
    offer(partition(2, 5, 9), 40);
    feed.end = 50;
    expect(feed.lag).toBe(10);
    deliver(feed, 1);
    expect(feed.lag).toBe(9);
    deliver(feed);
    expect(feed.lag).toBe(7);
  });

  it('delivers every position once and in order, whatever is given twice, left out, cut off or taken back', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('offer' as const), first: fc.nat(39), count: fc.integer({ min: 1, max: 12 }) }),
      fc.record({ do: fc.constant('deliver' as const), most: fc.integer({ min: 1, max: 7 }) }),
      fc.record({ do: fc.constant('refill' as const), page: fc.integer({ min: 1, max: 9 }) }),
      fc.record({ do: fc.constant('fail' as const), back: fc.nat(3) }),
      fc.constant({ do: 'look' as const }),
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 90 }), { minLength: 40, maxLength: 40 }),
        fc.array(step, { maxLength: 60 }),
        (drawn, steps) => {
          const whole = partition(...drawn.toSorted((a, b) => a - b));
          const all = whole.map((chained) => chained.event.position);
          const log = (after: number, count: number) => all.filter((position) => position > after && position <= after + count);
          const one = new PartitionFeed('shop.events', 0);
          one.place(0);
          let handled: number[] = [];
          const take = (most: number): void => void handled.push(...deliver(one, most));
          const refill = (page: number): void => {
            const gap = one.gap();
            if (gap) one.refill(log(gap.after, page).map(event), Math.min(gap.after + page, 90));
          };
          for (const what of steps) {
            if (what.do === 'offer')
              whole.slice(what.first, what.first + what.count).forEach((chained, index) => one.offer(chained, what.first + index));
            else if (what.do === 'deliver') take(what.most);
            else if (what.do === 'refill') refill(what.page);
            else if (what.do === 'look') one.published(all.at(-1)!);
            else {
              handled = handled.slice(0, Math.max(0, handled.length - what.back));
              one.misplace();
              one.place(handled.at(-1) ?? 0);
            }
            expect(handled).toEqual(all.slice(0, handled.length));
          }
          for (let quiet = 0; quiet < 200 && handled.length < all.length; quiet += 1) {
            take(50);
            one.published(all.at(-1)!);
            refill(10);
          }
          expect(handled).toEqual(all);
        },
      ),
      { numRuns: 500 },
    );
  });
});
