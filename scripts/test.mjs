// npm test [-- PATTERN…]               every test except the retail acceptance
// npm run test:retail -- FILE          the retail acceptance on Online Retail's CSV
// Ends with `N passed, N failed` on a line of its own.
import { accessSync, constants, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildIfStale } from './build-if-stale.mjs';
import { runJest } from './run-jest.mjs';
import { stages } from './test-stages.mjs';

const root = join(import.meta.dirname, '..');
function stop(message) {
  console.error(message);
  console.log('0 passed, 1 failed');
  process.exit(1);
}

/** The file to import as an absolute path; npm runs scripts in the project's folder, the caller may be elsewhere. */
function retailFile(argument) {
  if (!argument) stop('npm run test:retail -- FILE: name the Online Retail CSV (plain or .gz)');
  const file = resolve(process.env.INIT_CWD ?? process.cwd(), argument);
  try {
    accessSync(file, constants.R_OK);
  } catch {
    stop(`cannot read ${file}: npm run test:retail -- FILE takes the Online Retail CSV (plain or .gz)`);
  }
  return file;
}

const [first, ...others] = process.argv.slice(2);
const retail = first === '--retail';
const env = retail ? { RETAIL_FILE: retailFile(others.shift()) } : {};
const patterns = retail ? others : process.argv.slice(2);

try {
  buildIfStale();
} catch (error) {
  stop(error.message);
}

let passed = 0;
let failed = 0;
// The coverage is that of a whole run, for `npm run check` to judge; a run of a few tests says nothing about it.
if (!retail && patterns.length === 0) rmSync(join(root, 'coverage'), { recursive: true, force: true });
for (const stage of retail ? [stages.retail] : [stages.engines, stages.server]) {
  console.log(`\n== ${stage.name}`);
  const coverage = patterns.length === 0 ? stage.coverage : [];
  const result = await runJest(['--passWithNoTests', ...coverage, ...stage.args, ...(patterns.length ? ['--', ...patterns] : [])], { env });
  passed += result.passed;
  failed += result.failed;
}
if (passed + failed === 0) stop(`no test matches ${patterns.join(' ')}`);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
