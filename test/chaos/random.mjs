// Chance that can be had again: the same seed and words give the same rolls.
import { createHash } from 'node:crypto';

/** Mulberry32: small, fast, and good enough to choose by. */
function generator(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class Random {
  #next;

  /** @param {...(string | number)} words what these rolls are for: seed, round, fault */
  constructor(...words) {
    this.#next = generator(createHash('sha256').update(words.join('\u001f')).digest().readInt32LE(0));
  }

  /** A whole number of both ends or between them. */
  whole(least, most) {
    return least + Math.floor(this.#next() * (most - least + 1));
  }

  chance(share) {
    return this.#next() < share;
  }

  /** @template T @param {readonly T[]} items @returns {T} */
  pick(items) {
    return items[this.whole(0, items.length - 1)];
  }

  /** By weights: `{ cancel: 2, ship: 5 }`. */
  weighted(weights) {
    const entries = Object.entries(weights);
    let left = this.#next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) if ((left -= weight) < 0) return name;
    return entries.at(-1)[0];
  }

  /** @template T @param {readonly T[]} items @returns {T[]} */
  shuffled(items) {
    const all = [...items];
    for (let last = all.length - 1; last > 0; last -= 1) {
      const other = this.whole(0, last);
      [all[last], all[other]] = [all[other], all[last]];
    }
    return all;
  }
}
