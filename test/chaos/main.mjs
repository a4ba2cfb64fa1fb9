// Breaks a cluster under load, round after round, and checks after each that nothing was lost or doubled. docs/reliability.md tells of it.
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { scaleOf as runnable } from '../../scripts/cluster/topology.mjs';
import { FAULTS } from './faults/index.mjs';
import { Report } from './report.mjs';
import { playRound } from './rounds.mjs';
import { World } from './world.mjs';

const OPTIONS = {
  rounds: { type: 'string', default: '8' },
  seed: { type: 'string' },
  /** Only this one, of as many as there would be: a failing round again. */
  round: { type: 'string' },
  /** Only faults whose name holds this. */
  only: { type: 'string' },
  /** How many of a service, as `npm run cluster` takes it: ordering=3. */
  scale: { type: 'string', multiple: true, default: [] },
  /** By how much a machine that does other things as well may be slower to recover. */
  slowness: { type: 'string', default: '1' },
  /** Leaves logs and databases where they are. */
  keep: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
};

const USAGE = `Usage: npm run test:faults -- [--rounds 8] [--seed S] [--round N] [--only PATTERN] [--scale ordering=3]… [--slowness 1] [--keep] [--help]

  --rounds N          so many rounds: load, faults, quiet, invariants
  --seed S            what happens follows from it; one is made up, and told, where there is none
  --round N           that round alone, of the same seed: a failing one again
  --only PATTERN      only faults whose name matches this regular expression
  --scale SERVICE=N   so many processes of it, as npm run cluster takes it; may be repeated
  --slowness N        recoveries may take N times as long, on a machine that does other things as well
  --keep              leaves logs and databases where they are
  --help              this

It ends with \`N passed, N failed\`; 1 is the exit code where something failed, 2 where an option is not understood. docs/reliability.md tells of it.`;

export async function main(args) {
  const values = read(args);
  if (!values) return 2;
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const { seed = randomBytes(4).toString('hex'), only, keep } = values;
  const faults = FAULTS.filter(({ name }) => !only || new RegExp(only).test(name));
  const rounds = values.round ? [values.round] : Array.from({ length: values.rounds }, (_, index) => index + 1);
  const say = (text) => console.log(text);
  const report = new Report(say);
  const world = new World({ seed, scale: scaleOf(values.scale), keep, say });
  const stop = once(() => world.stop());
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void stop().finally(() => process.exit(1)));
  try {
    say(`starting the cluster (seed ${seed}, ${faults.length} faults)`);
    await world.start();
    for (const round of rounds) {
      if (await playRound(world, report, { seed, round, faults, slowness: values.slowness })) continue;
      say(`  again: npm run test:faults -- --seed ${seed} --round ${round}${only ? ` --only '${only}'` : ''}`);
    }
  } catch (error) {
    report.check('the run itself', [error.stack]);
  } finally {
    await stop();
    if (keep) say(`kept in ${world.dir}`);
  }
  say(`\n${report.summary()}`);
  return report.failed === 0 ? 0 : 1;
}

/** Undefined where it was told what is wrong. */
function read(args) {
  try {
    const { values } = parseArgs({ args, options: OPTIONS });
    for (const name of ['rounds', 'round', 'slowness']) {
      if (values[name] === undefined) continue;
      if (!/^[1-9]\d{0,4}$/.test(values[name])) throw new Error(`--${name} is ${JSON.stringify(values[name])}: a whole number from 1 on`);
      values[name] = Number(values[name]);
    }
    const wrong = values.scale.find((text) => !/^[a-z-]+=[1-9]\d?$/.test(text));
    if (wrong) throw new Error(`--scale is ${JSON.stringify(wrong)}: a service and how many of it, such as ordering=3`);
    runnable(scaleOf(values.scale));
    const { only } = values;
    if (only && !FAULTS.some(({ name }) => new RegExp(only).test(name)))
      throw new Error(`--only ${only} matches none of: ${FAULTS.map(({ name }) => name).join(', ')}`);
    return values;
  } catch (error) {
    console.error(
      `npm run test:faults -- [--rounds N] [--seed S] [--round R] [--only REGEXP] [--scale ordering=3] [--slowness F] [--keep]: ${error.message}`,
    );
    return undefined;
  }
}

const scaleOf = (texts) =>
  Object.fromEntries(
    texts.map((text) => {
      const [service, count] = text.split('=');
      return [service, Number(count)];
    }),
  );

/** However often it is asked for. */
function once(work) {
  let done;
  return () => (done ??= work());
}
