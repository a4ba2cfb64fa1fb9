import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@testing/eventually.js';
import { BackgroundLoop } from './background-loop.js';

const TURN_MS = 20;

describe('a background loop', () => {
  let loop: BackgroundLoop;
  let turns: { readonly from: number; readonly to: number }[];
  afterEach(() => loop.stop());

  const start = (rest: number): void => {
    turns = [];
    const turn = async (): Promise<boolean> => {
      const from = performance.now();
      await sleep(TURN_MS);
      turns.push({ from, to: performance.now() });
      return false;
    };
    loop = new BackgroundLoop({ turn, idleMs: 60_000, rest, onError: () => undefined });
    loop.start();
  };

  const pokedFor = async (count: number): Promise<void> => {
    const poking = setInterval(() => loop.poke(), 1);
    await eventually(() => expect(turns.length).toBeGreaterThanOrEqual(count));
    clearInterval(poking);
  };

  it('rests after each turn in proportion to it, however often it is poked', async () => {
    start(2);
    await pokedFor(4);
    // Timers may fire a millisecond early.
    for (const [index, { from }] of turns.slice(1).entries()) expect(from - turns[index]!.to).toBeGreaterThanOrEqual(2 * TURN_MS - 2);
  });

  it('does not rest while more is waiting', async () => {
    let left = 20;
    const { promise: done, resolve } = Promise.withResolvers<string>();
    const turn = async (): Promise<boolean> => {
      left -= 1;
      await sleep(1);
      if (left === 0) resolve('worked off');
      return left > 0;
    };
    loop = new BackgroundLoop({ turn, idleMs: 60_000, rest: 1_000, onError: () => undefined });
    loop.start();
    // Nineteen rests are almost five seconds.
    expect(await Promise.race([done, sleep(4_000, 'rested')])).toBe('worked off');
  });

  it('does not rest for a quarter of a second more, whatever a turn took', async () => {
    start(1_000);
    await pokedFor(2);
    expect(turns.length).toBeGreaterThanOrEqual(2);
  });
});
