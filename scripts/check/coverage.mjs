// How much of the code the units and engines' tests run. The whole server's tests run the built code in processes of
// their own and count for nothing here, so the floor is one for what is tested close by.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { newestSource } from '../build-if-stale.mjs';
import { runJest } from '../run-jest.mjs';
import { stages } from '../test-stages.mjs';
import { root } from './tool.mjs';

const FLOOR = { lines: 65, functions: 80, branches: 85 };
const summary = join(root, 'coverage', 'coverage-summary.json');

/** @returns what is wrong, a line each. Takes the figures of the last `npm test` where nothing changed since, or runs the tests that make them. */
export async function coverage() {
  const fresh = existsSync(summary) && statSync(summary).mtimeMs > newestSource();
  if (!fresh) {
    const { failed } = await runJest([...stages.engines.coverage, ...stages.engines.args]);
    if (failed > 0) return { problems: [`${failed} tests failed: see above`] };
  }
  const { total } = JSON.parse(readFileSync(summary, 'utf8'));
  const problems = Object.entries(FLOOR).flatMap(([what, floor]) =>
    total[what].pct < floor ? [`${what}: ${total[what].pct}% are covered, ${floor}% are due`] : [],
  );
  const note = Object.keys(FLOOR).map((what) => `${what} ${total[what].pct}%`);
  return { problems, note: `${note.join(', ')}${fresh ? ', as of the last npm test' : ''}` };
}
