import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { RedisAway } from './redis.js';

const TICKS = 4;

/**
 * What the work comes to, unless it takes too long. Time in which this process itself stood still counts for one tick only: an answer that came
 * meanwhile waits to be read, and Redis must not be blamed for that.
 * @throws RedisAway
 */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const over = new AbortController();
  try {
    return await Promise.race([work, late(ms, over.signal)]);
  } finally {
    over.abort();
  }
}

async function late(ms: number, signal: AbortSignal): Promise<never> {
  try {
    for (let tick = 0; tick < TICKS; tick++) await pause(ms / TICKS, undefined, { signal });
    // Sockets are read between the timers and this.
    await nextTurn(undefined, { signal });
  } catch {
    // The work was done in time.
  }
  throw new RedisAway('Redis did not answer in time');
}
