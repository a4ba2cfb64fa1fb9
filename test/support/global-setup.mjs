// Gives each run a directory for the engines that its specs share (see libs/testing/src/postgres.ts and kafka.ts) and a guardian that stops
// them. The guardian waits for its standard input to close, which the kernel does however jest ends, kill -9 included.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireKafka } from '../../scripts/engines/kafka.mjs';
import { requireNginx } from '../../scripts/engines/nginx.mjs';
import { requireRedis } from '../../scripts/engines/redis.mjs';

const GUARDIAN = `
cat > /dev/null
for held in "$1"/servers/*/*/lock; do
  [ -e "$held" ] && kill -KILL "$(cut -d ' ' -f 1 "$held")" 2> /dev/null
done
for held in "$1"/redis-*/pid "$1"/kafka-*/pid "$1"/servers/*/*/run/*/role.* "$1"/servers/*/*/run/*/engine.*; do
  [ -e "$held" ] && kill -KILL "$(cut -d ' ' -f 1 "$held")" 2> /dev/null
done
for held in "$1"/postgres/data/postmaster.pid "$1"/servers/*/*/postgres/data/postmaster.pid; do
  [ -e "$held" ] || continue
  kill -QUIT "$(head -n 1 "$held")" 2> /dev/null || continue
  for _ in $(seq 200); do [ -e "$held" ] || break; sleep 0.05; done
done
rm -rf "$1"
`;

export default function globalSetup() {
  // Before the first spec, whose time-out is not made for what apt-get and Maven take.
  requireRedis('The tests');
  requireKafka('The tests');
  requireNginx('The tests');
  const directory = mkdtempSync(join(tmpdir(), 'nebulocart-test-'));
  // The database runs as another user when jest runs as root.
  chmodSync(directory, 0o755);
  process.env.NEBULOCART_TEST_ENGINES = directory;
  globalThis.engineGuardian = spawn('sh', ['-c', GUARDIAN, 'guardian', directory], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
}
