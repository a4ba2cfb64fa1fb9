// Compiles to dist/ only when a source is newer than the last build, so that a second start or test run costs nothing.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const SOURCES = ['apps', 'libs', 'migrations'];
const SETTINGS = ['nest-cli.json', '.swcrc', 'tsconfig.json', 'tsconfig.build.json', 'package.json'];

const newest = (paths) => Math.max(0, ...paths.map((path) => statSync(path).mtimeMs));

/** Every file and folder below: a folder's own time tells of a file that was removed. */
const below = (folder) => (existsSync(folder) ? [folder, ...readdirSync(folder, { recursive: true }).map((name) => join(folder, name))] : []);

/** When a source or a setting of the build was last changed, in ms. */
export const newestSource = () => newest([...SOURCES.flatMap((folder) => below(join(root, folder))), ...SETTINGS.map((file) => join(root, file))]);

/** Builds when needed. @returns true when it built. @throws Error when the build fails. */
export function buildIfStale({ quiet = false } = {}) {
  const stamp = join(root, 'dist', '.built');
  if (existsSync(stamp) && statSync(stamp).mtimeMs > newestSource()) return false;
  const started = new Date();
  const nest = join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
  const build = spawnSync(process.execPath, [nest, 'build', '--all'], { cwd: root, encoding: 'utf8' });
  if (build.status !== 0) throw new Error(`the build failed\n${build.stdout ?? ''}${build.stderr ?? ''}`);
  if (!quiet) console.log(`built in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  // Stamped with the time at which the build began: a file saved meanwhile counts as newer.
  writeFileSync(stamp, '');
  utimesSync(stamp, started, started);
  return true;
}
