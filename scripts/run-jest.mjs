// One run of Jest in ESM mode, told in numbers.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const JEST = ['--experimental-vm-modules', '--no-warnings=ExperimentalWarning', join(root, 'node_modules', 'jest', 'bin', 'jest.js')];

/**
 * Reads Jest's own report. A suite that could not run is one failure; a skipped or planned test is one, too: nothing is skipped
 * here. Tests that a name pattern leaves out count as skipped for Jest, but not where that is what was asked for.
 */
function count(reportFile, onlyNamed) {
  if (!existsSync(reportFile)) return { passed: 0, failed: 1, crashed: true };
  const report = JSON.parse(readFileSync(reportFile, 'utf8'));
  const skipped = onlyNamed ? 0 : report.numPendingTests + report.numTodoTests;
  if (skipped > 0) console.error(`${skipped} tests were skipped: each counts as failed`);
  const crashed = report.numRuntimeErrorTestSuites;
  return { passed: report.numPassedTests, failed: report.numFailedTests + crashed + skipped, crashed: crashed > 0 };
}

/**
 * Runs Jest with these arguments in `cwd` and shows what it prints, unless `output` is 'ignore'.
 * A test that fails half way can leave a timer or a connection behind: Jest ends all the same, rather than never.
 * @returns how many tests passed and failed (a crash is at least one failure), and whether a suite could not run at all
 */
export async function runJest(args, { cwd = root, env = {}, output = 'inherit' } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'jest-report-'));
  const report = join(folder, 'report.json');
  const child = spawn(process.execPath, [...JEST, '--forceExit', '--json', `--outputFile=${report}`, ...args], {
    cwd,
    env: { ...process.env, NODE_ENV: 'test', ...env },
    stdio: ['ignore', output, output],
  });
  // Ctrl-C reaches Jest by itself; this process stays to report.
  const wait = () => {};
  process.on('SIGINT', wait);
  const code = await new Promise((resolve) => {
    child.on('error', () => resolve(1));
    child.on('close', (exit) => resolve(exit ?? 1));
  });
  process.off('SIGINT', wait);
  const { passed, failed, crashed } = count(report, args.includes('--testNamePattern'));
  rmSync(folder, { recursive: true, force: true });
  return { passed, failed: code === 0 ? failed : Math.max(1, failed), crashed };
}
