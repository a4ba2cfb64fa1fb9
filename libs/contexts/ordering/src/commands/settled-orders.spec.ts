import { MemoryLogs } from '@testing/memory-log.js';
import type { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import { SettledOrders, type SettledOrder } from './settled-orders.js';

const LONG = 60_000;
const confirmed = (id: string): SettledOrder => ({ id, status: 'confirmed', version: 2, reason: null, eventId: `e-${id}` });
const settledTurns = () => new Promise((resolve) => setImmediate(resolve));

/** Look-ups that find what they are told to, when they are told to. */
function held() {
  const logs = new MemoryLogs('ordering');
  const asked: string[][] = [];
  const answers: ((found: SettledOrder[]) => void)[] = [];
  const reads = {
    query: (_context: string, _statement: object, [ids]: readonly [string[]]) => {
      asked.push(ids);
      return new Promise((resolve) => answers.push(resolve));
    },
  } as unknown as TransactionalReads;
  return {
    settled: new SettledOrders(logs, reads),
    asked,
    grow: () => logs.log('ordering').append(),
    answer: async (...found: SettledOrder[]) => {
      answers.shift()!(found);
      await settledTurns();
    },
  };
}

let test: ReturnType<typeof held>;
beforeEach(() => {
  test = held();
});
afterEach(() => test.settled.release());

it('looks at once, and again whenever the log has grown', async () => {
  const { settled, asked, grow, answer } = test;
  const waiting = settled.whenSettled('a', LONG);
  expect(asked).toEqual([['a']]);
  await answer();
  expect(asked).toHaveLength(1);
  grow();
  expect(asked).toEqual([['a'], ['a']]);
  await answer(confirmed('a'));
  expect(await waiting).toEqual(confirmed('a'));
  grow();
  expect(asked).toHaveLength(2);
});

it('has one look-up under way at a time, and the next is for all that came meanwhile', async () => {
  const { settled, asked, grow, answer } = test;
  const first = settled.whenSettled('a', LONG);
  const others = ['b', 'c', 'b'].map((id) => settled.whenSettled(id, LONG));
  for (let times = 0; times < 5; times++) grow();
  expect(asked).toEqual([['a']]);
  await answer(confirmed('a'));
  expect(await first).toEqual(confirmed('a'));
  expect(asked.slice(1)).toEqual([['b', 'c']]);
  await answer(confirmed('b'), confirmed('c'));
  expect((await Promise.all(others)).map((order) => order?.id)).toEqual(['b', 'c', 'b']);
});
