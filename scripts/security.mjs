// npm run test:security        secrets and dangerous code (gitleaks, semgrep), then the running server against its own document (schemathesis)
// Needs Python 3 with venv and Go; what they install is pinned. Ends with `N passed, N failed`.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { buildIfStale } from './build-if-stale.mjs';

const root = join(import.meta.dirname, '..');
const parts = ['static.mjs', 'schemathesis.mjs'].map((name) => join(root, 'test', 'security', name));

/** Runs a part, shows what it prints, and takes its closing line; one that dies without one has failed. */
function run(script) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    let printed = '';
    child.stdout.on('data', (text) => {
      process.stdout.write(text);
      printed += text;
    });
    child.on('close', (code) => {
      const [, passed, failed] = /^(\d+) passed, (\d+) failed$/m.exec(printed) ?? [];
      resolve({ passed: Number(passed ?? 0), failed: Math.max(Number(failed ?? 0), code === 0 ? 0 : 1) });
    });
  });
}

buildIfStale();
const total = { passed: 0, failed: 0 };
for (const script of parts) {
  console.log(`\n== ${script.slice(root.length + 1)}`);
  const { passed, failed } = await run(script);
  total.passed += passed;
  total.failed += failed;
}
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
