import { clocks } from './clock.mjs';
import { conflicts } from './conflicts.mjs';
import { deliveries } from './delivery.mjs';
import { deploys } from './deploy.mjs';
import { disks } from './disk.mjs';
import { absences, kills } from './kill.mjs';
import { linkFaults } from './links.mjs';
import { poison } from './poison.mjs';
import { zombies } from './zombies.mjs';

/**
 * @typedef {object} Fault
 * @property {string} name
 * @property {string[]} needs what it takes for itself: two faults that need the same do not overlap
 * @property {'process' | 'broker' | 'link' | 'none'} recovery what is waited for afterwards, and how long that may take
 * @property {boolean} [commandsGoOn] whether every command must be answered all the while
 * @property {[number, number]} [holdMs] how long it lasts, from and to
 * @property {(world: import('../world.mjs').World, random: import('../random.mjs').Random) => Promise<(() => unknown) | undefined>} begin resolves
 *   with what ends it
 */

/** @type {Fault[]} */
export const FAULTS = [...kills, ...absences, ...zombies, ...linkFaults, ...deliveries, poison, ...clocks, ...disks, conflicts, ...deploys];
