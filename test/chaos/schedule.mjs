// Which fault happens when. Pure: the seed and the round say everything.
import { Random } from './random.mjs';

/** How many faults each wave of a round has: one alone, whose recovery is measured, then mixes. */
const WAVES = [1, 2, 4];
/** How far ahead a wave looks for faults that can be beside each other. */
const LOOKED_AT = 12;
/** Within which those of a mix begin, ms. */
const SPREAD_MS = 2_500;

/**
 * The waves of a round. Faults are dealt from a shuffled deck, so that each comes once before any comes again; one that cannot be beside those dealt before
 * it waits for the next wave.
 * @param {string} seed
 * @param {number} round from 1
 * @param {readonly import('./faults/index.mjs').Fault[]} faults
 * @returns {{ fault: import('./faults/index.mjs').Fault, afterMs: number, holdMs: number, random: Random }[][]}
 */
export function wavesOf(seed, round, faults) {
  return dealt(seed, round, faults).map((hand, wave) => {
    const random = new Random(seed, 'round', round, 'wave', wave);
    return hand.map((fault, index) => ({
      fault,
      afterMs: index === 0 ? 0 : random.whole(0, SPREAD_MS),
      holdMs: random.whole(...(fault.holdMs ?? [0, 0])),
      random: new Random(seed, 'round', round, 'wave', wave, index, fault.name),
    }));
  });
}

/** Deals all rounds up to this one: what a wave cannot take is left for those after it. */
function dealt(seed, round, faults) {
  const pile = [];
  let decks = 0;
  let hands = [];
  for (let at = 1; at <= round; at += 1) {
    hands = WAVES.map((count) => {
      while (pile.length < LOOKED_AT) pile.push(...new Random(seed, 'deck', decks++).shuffled(faults));
      return takeApart(pile, count);
    });
  }
  return hands;
}

/** Takes the first that do not need the same. */
function takeApart(pile, count) {
  const taken = [];
  for (let index = 0; index < Math.min(pile.length, LOOKED_AT) && taken.length < count;) {
    const clashes = taken.some((fault) => fault.needs.some((one) => pile[index].needs.includes(one)));
    if (clashes) index += 1;
    else taken.push(...pile.splice(index, 1));
  }
  return taken;
}
