import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { StartupError } from '../startup-error.js';

const run = promisify(execFile);

/** The user that an engine's programs run as. */
export interface OsUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** A program to start, with the arguments that go before its own. */
export interface Launcher {
  readonly uid?: number;
  readonly gid?: number;
  /** Put before the program and its arguments; empty where nothing is needed. */
  readonly prefix: readonly string[];
}

const passwd = (match: (user: OsUser) => boolean): OsUser | undefined =>
  readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length > 3)
    .map(([name, , uid, gid]) => ({ name: name!, uid: Number(uid), gid: Number(gid) }))
    .find(match);

/**
 * Postgres refuses to run as root. A root process hands it to the user that already owns `dataDir`, else to the system user
 * `postgres`, which is made where it is missing. Null where this process is not root: everything runs as the caller.
 * @throws StartupError when the user cannot be made.
 */
export async function databaseUser(dataDir: string): Promise<OsUser | null> {
  if (process.getuid?.() !== 0) return null;
  const owner = existsSync(dataDir) ? statSync(dataDir).uid : 0;
  const existing = passwd((user) => (owner === 0 ? user.name === 'postgres' : user.uid === owner));
  if (existing) return existing;
  try {
    await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']);
  } catch (error) {
    throw new StartupError(
      `Postgres does not run as root and the system user "postgres" could not be made (${(error as Error).message.trim()}). Run as another user.`,
    );
  }
  return passwd((user) => user.name === 'postgres')!;
}

/** True where `user` can go through a directory by its permission bits. */
function enterable(directory: string, user: OsUser): boolean {
  const { mode, uid, gid } = statSync(directory);
  if (uid === user.uid) return (mode & 0o100) !== 0;
  if (gid === user.gid) return (mode & 0o010) !== 0;
  return (mode & 0o001) !== 0;
}

/** The first directory on the way to `path` that `user` cannot enter. */
function barrier(path: string, user: OsUser): string | undefined {
  const ancestors: string[] = [];
  for (let at = dirname(resolve(path)); ; at = dirname(at)) {
    ancestors.unshift(at);
    if (at === dirname(at)) break;
  }
  return ancestors.find((directory) => !enterable(directory, user));
}

/**
 * How to start programs as `user` that must reach `paths`. Where a directory on the way is closed to that user (a clone under
 * `mktemp -d` of root is 0700), the programs get the capability CAP_DAC_READ_SEARCH; access(2) honours it only with the
 * secure bit no_setuid_fixup, and Postgres looks for its own files with access(2). The capability lets the server read any
 * file, which SQL reaches only as a superuser: the application's role is none.
 * @throws StartupError when a path is closed and the capability cannot be had.
 */
export async function launcherFor(user: OsUser | null, paths: readonly string[]): Promise<Launcher> {
  if (!user) return { prefix: [] };
  const closed = paths.map((path) => barrier(path, user)).find((directory) => directory !== undefined);
  if (!closed) return { uid: user.uid, gid: user.gid, prefix: [] };
  const capability = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search'];
  const identity = ['--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups'];
  const prefix = ['setpriv', '--securebits=+no_setuid_fixup', ...identity, ...capability, '--'];
  try {
    await run(prefix[0]!, [...prefix.slice(1), 'test', '-x', closed]);
  } catch {
    throw new StartupError(
      `The database runs as user "${user.name}", who cannot enter ${closed}. Allow it (chmod o+x ${closed}), choose another DATA_DIR, or do not run as root.`,
    );
  }
  return { prefix };
}
