// npm run check: everything that can be said of the code without running the server. Ends with `N passed, N failed`.
import { api } from './check/api.mjs';
import { boundaries } from './check/boundaries.mjs';
import { coverage } from './check/coverage.mjs';
import { events } from './check/events.mjs';
import { leftovers } from './check/leftovers.mjs';
import { lockfile } from './check/lockfile.mjs';
import { tool } from './check/tool.mjs';

const steps = {
  format: () => tool('prettier', ['--check', '--log-level', 'warn', '.']),
  lint: () => tool('oxlint', ['--config', '.oxlintrc.json', '--format', 'unix']),
  types: () => tool('tsc', ['--noEmit', '--project', 'tsconfig.json', '--pretty', 'false']),
  boundaries,
  api,
  events,
  'dead code': () => tool('knip', ['--no-progress']),
  'lock file': lockfile,
  leftovers,
  coverage,
};

const MOST_LINES = 60;
const only = process.argv.slice(2);
const unknown = only.filter((name) => !(name in steps));
if (unknown.length > 0) {
  console.error(`npm run check knows no step ${unknown.join(', ')}: it has ${Object.keys(steps).join(', ')}`);
  process.exit(2);
}

async function run(name) {
  const started = Date.now();
  let result;
  try {
    result = await steps[name]();
  } catch (error) {
    result = { problems: [error.stack ?? String(error)] };
  }
  const { problems, note } = result;
  console.log(
    `${problems.length === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(10)} ${((Date.now() - started) / 1000).toFixed(1)} s${note ? `  ${note}` : ''}`,
  );
  for (const problem of problems.slice(0, MOST_LINES)) console.log(`         ${problem}`);
  if (problems.length > MOST_LINES) console.log(`         and ${problems.length - MOST_LINES} more`);
  return problems.length === 0;
}

let failed = 0;
const names = only.length > 0 ? only : Object.keys(steps);
for (const name of names) if (!(await run(name))) failed += 1;
console.log(`\n${names.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
