import { answers, effects } from './answers.mjs';
import { certificate } from './certificate.mjs';
import { deadLetters } from './dead-letters.mjs';
import { generations } from './generations.mjs';
import { money } from './money.mjs';
import { order } from './order.mjs';
import { sagas } from './sagas.mjs';
import { stock } from './stock.mjs';

/** @type {{ name: string, check(world: import('../world.mjs').World): Promise<string[]> }[]} each answers what is broken, in words */
export const INVARIANTS = [certificate, stock, sagas, answers, effects, order, generations, money, deadLetters];
