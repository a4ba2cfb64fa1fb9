import { Logger } from '@nestjs/common';
import { parseArgs } from 'node:util';
import { FAULTS, type Fault } from './faults.js';
import { seedOf } from './random.js';
import { Schedule, type Verdict } from './schedule.js';
import { currentProcess } from './simulated-process.js';
import { makeVirtual } from './virtual-machine.js';
import type { World } from './world.js';

/** After so many failures the rest would tell nothing new. */
const MOST_FAILED = 5;

let world: World | null = null;

const USAGE = 'npm run simulate -- [--schedules N] [--seed S] [--bail] | --replay SEED | --help';

const HELP = `Usage: ${USAGE}

  --schedules N   so many random schedules of the pipeline, in virtual time; 1000
  --seed S        which follow from it; one is made up, and told, where there is none
  --bail          ends at the first that fails
  --replay SEED   one schedule again, and all that happens in it

It ends with \`N passed, N failed\`; 1 is the exit code where something failed, 2 where an option is not understood.`;

interface Wishes {
  readonly schedules: number;
  readonly seed: number | undefined;
  readonly again: number | undefined;
  readonly bail: boolean;
  readonly help: boolean;
}

/** Runs schedules, or one again; resolves to the exit code: 2 where the arguments are not understood. */
export async function simulate(args: readonly string[]): Promise<number> {
  const wishes = read(args);
  if (!wishes) return 2;
  if (wishes.help) {
    console.log(HELP);
    return 0;
  }
  const cpu = () => process.cpuUsage();
  makeVirtual();
  Logger.overrideLogger({ log: () => undefined, error: told, warn: told });
  process.on('unhandledRejection', (reason) => world?.violate(`a process dies of ${reason instanceof Error ? reason.stack : String(reason)}`));
  if (wishes.again !== undefined) return replay(wishes.again);
  // Nobody reads where an error came from, and most of the time would go into telling it.
  Error.stackTraceLimit = 0;
  const seed = wishes.seed ?? Math.floor(Math.random() * 0x1_0000_0000);
  return runAll({ seed, schedules: wishes.schedules, mostFailed: wishes.bail ? 1 : MOST_FAILED }, () => cpu().user / 1e6);
}

/** Undefined where it was told what is wrong. */
function read(args: readonly string[]): Wishes | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        schedules: { type: 'string', default: '1000' },
        seed: { type: 'string' },
        replay: { type: 'string' },
        bail: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return {
      schedules: wholeOf('schedules', values.schedules),
      seed: values.seed === undefined ? undefined : wholeOf('seed', values.seed),
      again: values.replay === undefined ? undefined : wholeOf('replay', values.replay),
      bail: values.bail,
      help: values.help,
    };
  } catch (error) {
    console.error(`${USAGE}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** @throws RangeError where it is none: what was not understood would be a run of nothing, and nothing wrong with it */
function wholeOf(name: string, text: string): number {
  if (!/^(0x[\da-f]+|[1-9]\d*)$/i.test(text))
    throw new RangeError(`--${name} is ${JSON.stringify(text)}: a whole number from 1 on, or one such as 0x4e7ec256`);
  return Number(text);
}

function told(message: unknown): void {
  if (currentProcess()) world?.tell(() => `says: ${String(message)}`);
}

async function live(seed: number, isTraced: boolean): Promise<Verdict> {
  const schedule = new Schedule(seed, isTraced);
  world = schedule.world;
  const verdict = await schedule.run();
  world = null;
  return verdict;
}

async function replay(seed: number): Promise<number> {
  const { trace, violation, fingerprint } = await live(seed, true);
  for (const line of trace) console.log(line);
  console.log(`\nschedule ${hex(seed)}: ${violation ?? 'nothing wrong'} (fingerprint ${hex(fingerprint)})`);
  return violation === null ? 0 : 1;
}

interface Run {
  readonly seed: number;
  readonly schedules: number;
  readonly mostFailed: number;
}

async function runAll({ seed, schedules, mostFailed }: Run, cpuSeconds: () => number): Promise<number> {
  console.log(`simulating ${schedules} schedules, seed ${seed}`);
  const faults = new Map<Fault, number>();
  const [started, cpuBefore] = [Date.now(), cpuSeconds()];
  const total = { events: 0, steps: 0, seconds: 0 };
  let fingerprint = 0;
  let failed = 0;
  let done = 0;
  for (; done < schedules && failed < mostFailed; done++) {
    const verdict = await live(seedOf(seed, done), false);
    for (const [fault, times] of verdict.faults) faults.set(fault, (faults.get(fault) ?? 0) + times);
    total.events += verdict.events;
    total.steps += verdict.steps;
    total.seconds += verdict.lasted / 1_000;
    fingerprint = (Math.imul(fingerprint, 31) ^ verdict.fingerprint) >>> 0;
    if ((done + 1) % 1_000 === 0 && done + 1 < schedules)
      console.log(`${done + 1} schedules, ${failed} failed, ${cpuSeconds().toFixed(0)} s of a core`);
    if (verdict.violation === null) continue;
    failed += 1;
    console.log(`schedule ${done} FAILED: ${verdict.violation}\n  again, with all that happened: npm run simulate -- --replay ${hex(verdict.seed)}`);
  }
  const spent = cpuSeconds() - cpuBefore;
  console.log(`${total.events} events and ${total.steps} steps in ${Math.round(total.seconds)} simulated seconds`);
  console.log(`faults: ${FAULTS.map((fault) => `${fault} ${faults.get(fault) ?? 0}`).join(', ')}`);
  console.log(
    `${((Date.now() - started) / 1_000).toFixed(1)} s, ${spent.toFixed(1)} s of a core: ${(done / spent).toFixed(1)} schedules/s; fingerprint ${hex(fingerprint)}`,
  );
  console.log(`\n${done - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

const hex = (number: number): string => `0x${number.toString(16).padStart(8, '0')}`;
