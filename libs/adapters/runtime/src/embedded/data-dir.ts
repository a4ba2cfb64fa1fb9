import { accessSync, constants, existsSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StartupError } from '../startup-error.js';
import { birthmark, isAlive } from './process-info.js';
import { readIfExists } from './secret-file.js';

const LOCK = 'lock';

/** The data directory while this process, and no other, holds it. */
export interface HeldDataDir {
  /** True where nothing was in it before. */
  readonly wasEmpty: boolean;
  release(): void;
}

/**
 * Makes `dataDir` where it is missing and locks it. The lock of a process that died without releasing it is taken over.
 * @throws StartupError when another instance holds it, or when it cannot be written to.
 */
export function holdDataDir(dataDir: string): HeldDataDir {
  const wasEmpty = makeWritable(dataDir);
  const file = join(dataDir, LOCK);
  const mine = `${process.pid} ${birthmark(process.pid)}\n`;
  // Written whole elsewhere and linked into place: a lock without its owner's id is never seen.
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, mine);
  try {
    while (!link(draft, file)) evict(file, dataDir);
  } finally {
    rmSync(draft, { force: true });
  }
  return { wasEmpty, release: () => readIfExists(file) === mine && rmSync(file, { force: true }) };
}

/** @returns true where the directory holds nothing */
function makeWritable(dataDir: string): boolean {
  try {
    makeFolder(dataDir);
    const isEmpty = readdirSync(dataDir).length === 0;
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    const probe = join(dataDir, `.probe-${process.pid}`);
    writeFileSync(probe, '');
    rmSync(probe);
    return isEmpty;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOTDIR' || code === 'EEXIST' ? 'is not a folder' : `cannot be written to (${code})`;
    throw new StartupError(`DATA_DIR ${dataDir} ${why}. Choose another one, for example DATA_DIR=$HOME/nebulocart, or change its owner.`);
  }
}

/** One folder after the other: Node's own recursive mkdir never returns where a file system takes no folders, such as /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  if (path !== dirname(path)) makeFolder(dirname(path));
  mkdirSync(path);
}

function link(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

/** Removes the lock of a dead process. Two that evict at once: the one that moved the other's fresh lock away puts it back. */
function evict(file: string, dataDir: string): void {
  const found = readIfExists(file);
  if (found === undefined) return;
  if (isHeld(found)) throw inUse(found, dataDir);
  const moved = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, moved);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const taken = readIfExists(moved) ?? '';
  const fresh = taken !== found && isHeld(taken);
  if (fresh) link(moved, file);
  rmSync(moved, { force: true });
  if (fresh) throw inUse(taken, dataDir);
}

/** True while the process that wrote the lock runs; another process that got its id later does not count. */
function isHeld(lock: string): boolean {
  const [pid, ...mark] = lock.trim().split(' ');
  return isAlive(Number(pid)) && birthmark(Number(pid)) === mark.join(' ');
}

const inUse = (lock: string, dataDir: string) =>
  new StartupError(`DATA_DIR ${dataDir} is in use by another instance (process ${lock.split(' ')[0]}). Stop it, or choose another DATA_DIR.`);
