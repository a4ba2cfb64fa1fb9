import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { Erasures } from './erasures.js';
import { PendingErasures } from './pending-erasures.js';

const EVERY_MS = 10_000;

/** Erasures of which as many are pending as is said, one turn after the other; an error is a turn that fails. */
function pendingOf(...turns: (number | Error)[]) {
  const asked: number[] = [];
  const completePending = async (): Promise<number> => {
    const turn = turns[asked.push(0) - 1] ?? 0;
    if (turn instanceof Error) throw turn;
    return turn;
  };
  return { asked, worker: new PendingErasures({ completePending } as unknown as Erasures) };
}

beforeEach(() => {
  jest.useFakeTimers();
  Logger.overrideLogger(false);
});
afterEach(() => {
  jest.useRealTimers();
});

it('completes what is pending at the start and from then on, also after a turn that failed', async () => {
  const { asked, worker } = pendingOf(1, new Error('no database'), 0);
  await worker.onApplicationBootstrap();
  expect(asked).toHaveLength(1);
  await jest.advanceTimersByTimeAsync(2 * EVERY_MS);
  expect(asked).toHaveLength(3);
  await worker.onApplicationShutdown();
  await jest.advanceTimersByTimeAsync(2 * EVERY_MS);
  expect(asked).toHaveLength(3);
});

it('lets the shop start although it fails', async () => {
  const { worker } = pendingOf(new Error('no database'));
  await expect(worker.onApplicationBootstrap()).resolves.toBeUndefined();
  await worker.onApplicationShutdown();
});
