import fc from 'fast-check';
import { Dice } from './dice.js';

const rolls = (dice: Dice, count = 5) => Array.from({ length: count }, () => dice.next());

describe('dice', () => {
  // A demo that a stop interrupted is rolled again by whatever release goes on with it.
  it('roll what they rolled in every release', () => {
    const dice = new Dice(20_260_101);
    expect([dice.between(1, 1_000_000), dice.between(1, 1_000_000), dice.between(1, 1_000_000)]).toEqual([255_914, 592_905, 805_339]);
    expect(Dice.of(7, 'order', 3).between(1, 1_000_000)).toBe(859_276);
  });

  it('roll the same for the same words, and otherwise for others', () => {
    expect(rolls(Dice.of(7, 'times'))).toEqual(rolls(Dice.of(7, 'times')));
    expect(rolls(Dice.of(7, 'times'))).not.toEqual(rolls(Dice.of(8, 'times')));
    expect(rolls(Dice.of(7, 'times'))).not.toEqual(rolls(Dice.of(7, 'assortment')));
  });

  it('stay within their ends, and reach both', () =>
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: -5, max: 5 }), fc.nat({ max: 3 }), (seed, least, more) => {
        const dice = new Dice(seed);
        const rolled = new Set(Array.from({ length: 200 }, () => dice.between(least, least + more)));
        expect([...rolled].sort((a, b) => a - b)).toEqual(Array.from({ length: more + 1 }, (_, index) => least + index));
      }),
    ));

  it('choose by weight, and never what weighs nothing', () => {
    const dice = new Dice(1);
    const chosen = Array.from({ length: 10_000 }, () =>
      dice.weighted([
        ['never', 0],
        ['often', 3],
        ['seldom', 1],
      ]),
    );
    expect(chosen.filter((each) => each === 'never')).toEqual([]);
    expect(chosen.filter((each) => each === 'often').length / 10_000).toBeCloseTo(0.75, 1);
    expect(Array.from({ length: 10_000 }, () => dice.chance(20)).filter(Boolean).length / 10_000).toBeCloseTo(0.2, 1);
    expect([dice.chance(0), dice.chance(100)]).toEqual([false, true]);
  });
});
