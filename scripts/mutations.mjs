// npm run test:mutations [-- NAME…]: breaks a copy of the project in each listed way and expects the relevant test to turn red.
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mutations } from '../test/mutations/mutations.mjs';
import { ownFiles, root } from './check/tool.mjs';
import { runJest } from './run-jest.mjs';

function copyProject() {
  const copy = mkdtempSync(join(tmpdir(), 'mutations-'));
  for (const file of ownFiles()) cpSync(join(root, file), join(copy, file));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'dir');
  return copy;
}

/** The file's text with the anchor replaced. @throws Error unless the anchor stands in it exactly once. */
function mutate(text, { file, find, replace }) {
  const [before, after, ...others] = text.split(find);
  if (after === undefined || others.length > 0)
    throw new Error(`the anchor stands ${others.length + (after === undefined ? 0 : 1)} times in ${file}, not once:\n${find}`);
  return before + replace + after;
}

/** Applies a mutation; the returned function takes it back. */
function apply(copy, { edits }) {
  const originals = new Map();
  for (const edit of edits) {
    const path = join(copy, edit.file);
    const text = readFileSync(path, 'utf8');
    if (!originals.has(path)) originals.set(path, text);
    writeFileSync(path, mutate(text, edit));
  }
  return () => originals.forEach((text, path) => writeFileSync(path, text));
}

const test = (copy, [file, name]) => runJest(['--runInBand', '--runTestsByPath', file, '--testNamePattern', name], { cwd: copy, output: 'ignore' });

async function judge(copy, mutation) {
  const whole = await test(copy, mutation.test);
  if (whole.failed > 0 || whole.passed === 0) return 'its test is not green without it';
  const restore = apply(copy, mutation);
  try {
    const broken = await test(copy, mutation.test);
    if (broken.crashed) return 'does not run at all: mend the mutation';
    return broken.failed > 0 ? 'red' : 'SURVIVED';
  } finally {
    restore();
  }
}

const only = process.argv.slice(2);
const chosen = mutations.filter(({ name }) => only.length === 0 || only.some((part) => name.includes(part)));
const copy = copyProject();
let killed = 0;
try {
  for (const mutation of chosen) {
    let verdict;
    try {
      verdict = await judge(copy, mutation);
    } catch (error) {
      verdict = error.message;
    }
    if (verdict === 'red') killed += 1;
    console.log(
      `${verdict === 'red' ? 'red     ' : 'FAILED  '} ${mutation.name.padEnd(36)} ${mutation.test[1]}${verdict === 'red' ? '' : `\n         ${verdict}`}`,
    );
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
console.log(`\n${killed} passed, ${chosen.length - killed} failed`);
process.exitCode = killed === chosen.length && killed > 0 ? 0 : 1;
