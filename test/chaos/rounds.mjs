// A round: load, waves of faults, quiet, check.
import { setTimeout as sleep } from 'node:timers/promises';
import { FAULTS } from './faults/index.mjs';
import { INVARIANTS } from './invariants/index.mjs';
import { quiet } from './quiet.mjs';
import { reachOf, recovered } from './recovery.mjs';
import { wavesOf } from './schedule.mjs';
import { secondsSince } from './wait.mjs';

/** Before the first fault and between waves the shop sells undisturbed, ms. */
const CALM_MS = 1_500;

/** @returns whether everything held */
export async function playRound(world, report, { seed, round, faults = FAULTS, slowness = 1 }) {
  const failedBefore = report.failed;
  const begin = performance.now();
  world.say(`\nround ${round} (seed ${seed})`);
  world.shop.open(seed, round);
  for (const wave of wavesOf(seed, round, faults)) {
    await sleep(CALM_MS);
    await playWave(world, report, wave, slowness);
  }
  const closing = world.shop.close();
  report.check('all comes to rest', await quiet(world));
  await closing;
  for (const { name, check } of INVARIANTS) report.check(name, await check(world).catch((error) => [error.stack]));
  world.say(`  ${world.journal.asked.length} commands so far, ${world.journal.accepted.length} accepted; ${secondsSince(begin).toFixed(0)} s`);
  return report.failed === failedBefore;
}

async function playWave(world, report, wave, slowness) {
  const ends = await Promise.all(wave.map((planned) => happen(world, report, planned)));
  const missing = await recovered(world);
  const names = wave.map(({ fault }) => fault.name).join(' + ');
  const seconds = secondsSince(Math.max(...ends));
  const reach = reachOf(wave.map(({ fault }) => fault));
  const late = reach !== undefined && seconds > reach * slowness ? [`that took longer than ${reach * slowness} s`] : [];
  report.check(`${names}: works again after ${seconds.toFixed(1)} s`, missing.length > 0 ? missing : late);
  // Of a mix nobody could say what it recovered from.
  if (wave.length === 1 && reach !== undefined && missing.length === 0) report.recovery(names, seconds);
  // Another fault of the same wave may well keep commands waiting.
  if (wave.every(({ fault }) => fault.commandsGoOn)) wave.forEach(({ fault, from }, index) => goOn(world, report, fault, from, ends[index]));
}

/** @returns the instant of `performance.now()` from which on it should recover */
async function happen(world, report, planned) {
  const { fault, afterMs, holdMs, random } = planned;
  await sleep(afterMs);
  planned.from = Date.now();
  let healed = performance.now();
  report.faults += 1;
  world.say(`  ${new Date().toISOString().slice(11, 19)} ${fault.name}`);
  try {
    const heal = await fault.begin(world, random);
    if (!heal) return healed;
    await sleep(holdMs);
    healed = performance.now();
    await heal();
  } catch (error) {
    report.check(`${fault.name} could be brought about`, [error.stack]);
  }
  return healed;
}

/** Whoever wants to buy is served all the while. */
function goOn(world, report, fault, from, healed) {
  const until = performance.timeOrigin + healed;
  const { created, failed } = world.journal.between(from, Math.max(until, from + 2_000));
  report.commands(fault.name, created);
  const wrong = failed.slice(0, 3).map(({ kind, status, code, ms }) => `${kind} was answered ${status} ${code} after ${ms.toFixed(0)} ms`);
  report.check(`${fault.name}: commands go on (${created} answered 201)`, [
    ...wrong,
    ...(fault.holdMs && created === 0 ? ['none was answered 201'] : []),
  ]);
}
