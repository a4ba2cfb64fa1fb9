import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StartupError } from '../startup-error.js';
import { databaseUser, launcherFor, type Launcher, type OsUser } from './os-user.js';
import { postgresBinaries, type PostgresBinaries } from './postgres-binaries.js';
import { randomPassword, secretFile } from './secret-file.js';

const run = promisify(execFile);

/** The files of one Postgres, and how its programs are run on them. */
export interface Cluster {
  readonly home: string;
  readonly data: string;
  readonly log: string;
  readonly binaries: PostgresBinaries;
  readonly user: OsUser | null;
  readonly launcher: Launcher;
  readonly passwords: { readonly admin: string; readonly application: string };
}

/** The cluster of a data directory, made at the first call. @throws StartupError when it cannot be made */
export async function openCluster(dataDir: string): Promise<Cluster> {
  const home = join(dataDir, 'postgres');
  const binaries = await postgresBinaries();
  const user = await databaseUser(home);
  if (!existsSync(home)) mkdirSync(home, { recursive: true, mode: 0o700 });
  if (user) chownSync(home, user.uid, user.gid);
  const launcher = await launcherFor(user, [binaries.postgres, home]);
  const secrets = join(dataDir, 'secrets');
  const passwords = {
    admin: secretFile(join(secrets, 'postgres-superuser-password'), randomPassword),
    application: secretFile(join(secrets, 'postgres-password'), randomPassword),
  };
  const cluster = { home, data: join(home, 'data'), log: join(home, 'postgres.log'), binaries, user, launcher, passwords };
  if (!existsSync(cluster.data)) await initialise(cluster);
  return cluster;
}

/** Runs a Postgres program as the database's user, with nothing of the caller's PG* environment. */
export async function execute(cluster: Cluster, program: string, args: readonly string[]): Promise<void> {
  const { prefix, uid, gid } = cluster.launcher;
  const [file, ...rest] = [...prefix, program, ...args];
  await run(file!, rest, { uid, gid, cwd: '/', env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' }, timeout: 120_000 });
}

/** initdb into a directory of its own, renamed when whole, so that a crash half way is never taken for a cluster. */
async function initialise(cluster: Cluster): Promise<void> {
  const fresh = `${cluster.data}.new`;
  const passwordFile = join(cluster.home, 'initial-password');
  rmSync(fresh, { recursive: true, force: true });
  writeFileSync(passwordFile, cluster.passwords.admin, { mode: 0o600 });
  if (cluster.user) chownSync(passwordFile, cluster.user.uid, cluster.user.gid);
  const security = ['--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--data-checksums'];
  const text = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  try {
    await execute(cluster, cluster.binaries.initdb, ['-D', fresh, ...security, ...text, '--no-instructions']);
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new StartupError(`The database could not be made in ${cluster.home}: ${lastLine(stderr) ?? message}`);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(fresh, cluster.data);
}

const lastLine = (text: string | undefined): string | undefined => text?.trim().split('\n').at(-1);
