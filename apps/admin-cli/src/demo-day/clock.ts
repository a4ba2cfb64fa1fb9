import { setTimeout as pause } from 'node:timers/promises';
import { DAY_MS } from './script.js';

/** The shop's time: a day of 24 hours that begins at midnight when the clock starts, `speed` times as fast as the world's. */
export class ShopClock {
  private readonly started = performance.now();

  constructor(private readonly speed: number) {}

  /** Ms since the shop's midnight, at most a day. */
  now(): number {
    return Math.min((performance.now() - this.started) * this.speed, DAY_MS);
  }

  /** Resolves at a moment of the shop's day, at once where it is past, or where nobody waits any more. */
  async until(moment: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const left = moment / this.speed - (performance.now() - this.started);
      if (left <= 0) return;
      await pause(left, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** A moment of the shop's day as its clock on the wall shows it. */
export const timeOfDay = (moment: number): string => {
  const minutes = Math.floor(moment / 60_000);
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
};
