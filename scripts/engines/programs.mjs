// Programs that npm does not bring. Root on Debian has them installed; everybody else is told exactly what to install.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** In runlevel 1 a package starts no server of its own; another apt-get that runs is waited for. */
const APT = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
const PATIENCE = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3'];

/** Debian keeps servers where only root's PATH leads. */
export const PATH = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;

/** What a program says of itself; undefined where it is missing or fails. */
export function says(command, args) {
  const run = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, PATH } });
  return run.status === 0 ? `${run.stdout}${run.stderr}` : undefined;
}

/**
 * Makes sure of programs, in one go of apt-get where that is possible.
 * @param {{ name: string, isThere: () => boolean, packages: string[] }[]} programs what each is in words, and Debian's packages of it
 * @param {string} what who needs them, for the error
 */
export function requirePrograms(programs, what) {
  const missing = programs.filter(({ isThere }) => !isThere());
  if (missing.length === 0) return;
  const packages = missing.flatMap((program) => program.packages);
  const isDebianRoot = existsSync('/etc/debian_version') && process.getuid?.() === 0;
  if (isDebianRoot) install(packages);
  const stillMissing = missing.filter(({ isThere }) => !isThere());
  if (stillMissing.length === 0) return;
  const names = stillMissing.map(({ name }) => name).join(', ');
  if (isDebianRoot)
    throw new Error(`apt-get could not install ${packages.join(', ')}: ${what} needs ${names}. Install them by hand, then run it again.`);
  throw new Error(
    `${what} needs ${names} on the PATH. Install them, then run it again. On Debian: sudo apt-get install --no-install-recommends ${packages.join(' ')}`,
  );
}

function install(packages) {
  const apt = (...words) => spawnSync('apt-get', [...PATIENCE, ...words], { stdio: ['ignore', 'ignore', 'inherit'], env: APT }).status === 0;
  const get = () => apt('install', '-y', '-qq', '--no-install-recommends', ...packages);
  // The lists of a fresh machine are empty, those of an old one name versions that are gone.
  return (existsSync('/var/lib/apt/lists/lock') && get()) || (apt('update', '-qq') && get());
}
