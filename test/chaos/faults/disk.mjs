// A full disk: the engine's directory is a small file system of its own, which a ballast fills.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

const SIZE = { postgres: '1500m', clickhouse: '1000m' };
/** What is left to be written block by block. */
const REST_BYTES = 64 * 1024 * 1024;
const FOLDER = { postgres: 'postgres', clickhouse: 'clickhouse' };

/** Gives engines small disks, before anything is in their directories. @throws Error where the system does not allow it */
export function mountDisks(world) {
  for (const [engine, size] of Object.entries(SIZE)) {
    const folder = join(world.dataDir, FOLDER[engine]);
    mkdirSync(folder, { mode: 0o700 });
    run('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'tmpfs', folder]);
    world.onLeave(() => run('umount', ['--lazy', folder]));
  }
}

function run(command, args) {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? stderr.trim()} (full disks need root and its right to mount)`);
}

/** To the last byte: somebody else writes as well, so how much is left is not known before. */
function fill(file) {
  const { stderr } = spawnSync('dd', ['if=/dev/zero', `of=${file}`, 'bs=64k'], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
  if (!stderr.includes('No space left')) throw new Error(`dd did not fill the disk of ${file}: ${stderr.trim()}`);
}

const fullDisk = (engine) => ({
  name: `the disk of ${engine} is full`,
  needs: [engine],
  holdMs: [4_000, 7_000],
  recovery: 'process',
  commandsGoOn: engine === 'clickhouse',
  async begin(world) {
    const folder = join(world.dataDir, FOLDER[engine]);
    const ballasts = ['ballast', 'ballast-rest'].map((name) => join(folder, name));
    const { bavail, bsize } = statfsSync(folder);
    run('fallocate', ['-l', String(Math.max(bsize, bavail * bsize - REST_BYTES)), ballasts[0]]);
    fill(ballasts[1]);
    return () => ballasts.forEach((file) => rmSync(file, { force: true }));
  },
});

export const disks = [fullDisk('postgres'), fullDisk('clickhouse')];
