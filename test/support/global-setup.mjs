// Gives each run a directory for the engines that its specs share (see libs/testing/src/postgres.ts) and a guardian that stops
// them. The guardian waits for its standard input to close, which the kernel does however jest ends, kill -9 included.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const GUARDIAN = `
cat > /dev/null
for held in "$1"/servers/*/*/lock; do
  [ -e "$held" ] && kill -KILL "$(cut -d ' ' -f 1 "$held")" 2> /dev/null
done
for held in "$1"/redis-*/pid; do
  [ -e "$held" ] && kill -KILL "$(cat "$held")" 2> /dev/null
done
for held in "$1"/postgres/data/postmaster.pid "$1"/servers/*/*/postgres/data/postmaster.pid; do
  [ -e "$held" ] || continue
  kill -QUIT "$(head -n 1 "$held")" 2> /dev/null || continue
  for _ in $(seq 200); do [ -e "$held" ] || break; sleep 0.05; done
done
rm -rf "$1"
`;

/** Redis comes with Debian, not with npm. */
function requireRedis() {
  if (spawnSync('redis-server', ['--version']).status === 0) return;
  const isDebianRoot = existsSync('/etc/debian_version') && process.getuid() === 0;
  if (!isDebianRoot) throw new Error('The tests need redis-server (7 or later): install Redis so that it is on the PATH, then run them again.');
  // In runlevel 1 the package starts no server of its own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const apt = (...words) => spawnSync('apt-get', words, { stdio: ['ignore', 'ignore', 'inherit'], env });
  apt('update');
  apt('install', '-y', '--no-install-recommends', 'redis-server');
  if (spawnSync('redis-server', ['--version']).status !== 0) throw new Error('apt-get could not install redis-server, which the tests need.');
}

export default function globalSetup() {
  requireRedis();
  const directory = mkdtempSync(join(tmpdir(), 'nebulocart-test-'));
  // The database runs as another user when jest runs as root.
  chmodSync(directory, 0o755);
  process.env.NEBULOCART_TEST_ENGINES = directory;
  globalThis.engineGuardian = spawn('sh', ['-c', GUARDIAN, 'guardian', directory], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
}
