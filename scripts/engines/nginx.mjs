// The gateway's nginx, on a configuration that deploy/nginx makes.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PATH, requirePrograms, says } from './programs.mjs';
import { accepts, launch, untilReady } from './server-process.mjs';

export const NGINX_PROGRAMS = [
  // nginx-light lacks nothing that the gateway uses, and none of Debian's flavours has a module that another needs here.
  { name: 'nginx 1.18 or newer', isThere: () => says('nginx', ['-v']) !== undefined, packages: ['nginx-light'] },
];

export const requireNginx = (what = 'nginx') => requirePrograms(NGINX_PROGRAMS, what);

const words = ({ dir, config }) => ['-p', dir, '-c', config, '-e', join(dir, 'error.log')];

function makeFolders(dir) {
  for (const folder of ['', 'tmp']) mkdirSync(join(dir, folder), { recursive: true, mode: 0o700 });
}

/** `nginx -t`: what is wrong with a configuration; undefined where it is right. */
export function nginxProblem({ dir, config }) {
  requireNginx();
  makeFolders(dir);
  const run = spawnSync('nginx', [...words({ dir, config }), '-t'], { encoding: 'utf8', env: { ...process.env, PATH } });
  return run.status === 0 ? undefined : `${run.stdout}${run.stderr}`.trim();
}

/**
 * Starts nginx in the foreground of a process of ours. Resolves when it takes connections.
 * @param {{ dir: string, config: string, port: number, onSpawn?: (server: object) => void }} options its folder, its whole configuration's file, the port in it
 */
export async function startNginx({ dir, config, port, onSpawn }) {
  const problem = nginxProblem({ dir, config });
  if (problem) throw new Error(`nginx refuses its configuration ${config}: ${problem}`);
  const log = join(dir, 'nginx.log');
  const server = launch({ name: 'nginx', command: 'nginx', args: [...words({ dir, config }), '-g', 'daemon off;'], log, cwd: dir, onSpawn });
  return untilReady(server, () => accepts(port), { log, patienceMs: 10_000 });
}
