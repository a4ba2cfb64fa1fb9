import { Random } from './random.mjs';
import { wavesOf } from './schedule.mjs';

const faults = Array.from({ length: 20 }, (_, index) => ({
  name: `fault ${index}`,
  needs: [`engine ${index % 10}`],
  holdMs: [100, 200] as [number, number],
}));
const plan = (seed: string, round: number) =>
  wavesOf(seed, round, faults).map((wave) => wave.map(({ fault, afterMs, holdMs, random }) => [fault.name, afterMs, holdMs, random.whole(0, 1e9)]));

it('is the same for the same seed and round, and another for others', () => {
  expect(plan('a', 3)).toEqual(plan('a', 3));
  expect(plan('a', 3)).not.toEqual(plan('a', 4));
  expect(plan('a', 3)).not.toEqual(plan('b', 3));
});

it('begins with one fault alone, and lets no two overlap that need the same', () => {
  for (let round = 1; round <= 50; round += 1) {
    const waves = wavesOf('c', round, faults);
    expect(waves[0]).toHaveLength(1);
    for (const wave of waves) {
      const needs = wave.flatMap((planned) => planned.fault.needs);
      expect(new Set(needs).size).toBe(needs.length);
    }
  }
});

it('has every fault happen before long', () => {
  const happened = new Set(Array.from({ length: 12 }, (_, index) => plan('d', index + 1).flat(2)).flat());
  expect(faults.filter(({ name }) => !happened.has(name))).toEqual([]);
});

it('rolls evenly', () => {
  const random = new Random('dice');
  const counts = [0, 0, 0, 0, 0, 0];
  for (let roll = 0; roll < 6_000; roll += 1) counts[random.whole(0, 5)]! += 1;
  for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
});
