import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');

/** Runs one of the project's tools. @returns what it complained of, a line each; nothing when it was content. */
export function tool(name, args) {
  const bin = join(root, 'node_modules', '.bin', name);
  const run = spawnSync(bin, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
  });
  if (run.error) return { problems: [`${name} does not run: ${run.error.message}`] };
  if (run.status === 0) return { problems: [] };
  return { problems: `${run.stdout}${run.stderr}`.trim().split('\n') };
}

/** The project's own text files: tracked, or new and not ignored. */
export function ownFiles() {
  const list = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'], { cwd: root, encoding: 'utf8' });
  if (list.status !== 0) throw new Error(`git ls-files: ${list.error?.message ?? list.stderr}`);
  return list.stdout.split('\0').filter(Boolean);
}
