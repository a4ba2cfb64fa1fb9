// A real Redis, for what processes share and may lose: caches and counts.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requirePrograms, says } from './programs.mjs';
import { accepts, launch, untilReady } from './server-process.mjs';

export const REDIS_PROGRAMS = [
  {
    name: 'redis-server 7 or newer',
    isThere: () => Number(/v=(\d+)/.exec(says('redis-server', ['--version']) ?? '')?.[1] ?? 0) >= 7,
    packages: ['redis-server'],
  },
];

export const requireRedis = (what = 'Redis') => requirePrograms(REDIS_PROGRAMS, what);

/**
 * Starts Redis in memory alone, on the loopback. Resolves when it takes connections.
 * @param {{ dir: string, port: number, password?: string, maxMemoryMb?: number, onSpawn?: (server: object) => void }} options
 */
export async function startRedis({ dir, port, password, maxMemoryMb = 256, onSpawn }) {
  requireRedis();
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const config = join(dir, 'redis.conf');
  // A file, because a command line shows its password to every user of the machine.
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${dir}`,
    'save ""',
    'appendonly no',
    `maxmemory ${maxMemoryMb}mb`,
    'maxmemory-policy allkeys-lru',
    ...(password ? [`requirepass ${password}`] : []),
  ];
  writeFileSync(config, `${lines.join('\n')}\n`, { mode: 0o600 });
  const log = join(dir, 'redis.log');
  const server = launch({ name: 'Redis', command: 'redis-server', args: [config], log, cwd: dir, onSpawn });
  return untilReady(server, () => accepts(port), { log, patienceMs: 10_000 });
}
