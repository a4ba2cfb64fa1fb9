/** A seeded source of chance (mulberry32): the same seed rolls the same, on every machine. */
export class Dice {
  /** @param state of which the low 32 bits count */
  constructor(private state: number) {}

  /** Dice for one matter: the same words roll the same, whatever is rolled for other matters. */
  static of(...words: readonly (string | number)[]): Dice {
    return new Dice(fnv1a(words.join('/')));
  }

  /** From 0 up to, not including, 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  /** True in so many of a hundred. */
  chance(percent: number): boolean {
    return this.next() * 100 < percent;
  }

  weighted<Choice>(choices: readonly (readonly [Choice, number])[]): Choice {
    let left = this.next() * choices.reduce((sum, [, weight]) => sum + weight, 0);
    return (choices.find(([, weight]) => (left -= weight) < 0) ?? choices[0]!)[0];
  }
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash;
}
