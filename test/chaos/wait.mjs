import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks until the answer is that nothing is missing.
 * @param {() => Promise<string[]> | string[]} missing what still is, in words; a throw counts as one
 * @returns what is missing at the end of the patience: empty where all is well
 */
export async function untilNothingIsMissing(missing, patienceMs, pauseMs = 250) {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const left = await Promise.resolve()
      .then(missing)
      .catch((error) => [error.message]);
    if (left.length === 0 || performance.now() > deadline) return left;
    await sleep(pauseMs);
  }
}

/** Seconds since an instant of `performance.now()`. */
export const secondsSince = (begin) => (performance.now() - begin) / 1_000;
