import type { ServerProcess } from './server-process.mjs';

/** Makes sure that Redis is installed. */
export function requireRedis(what?: string): void;

/** Starts Redis in memory alone. Resolves when it takes connections. */
export function startRedis(options: {
  readonly dir: string;
  readonly port: number;
  readonly password?: string;
  readonly maxMemoryMb?: number;
  readonly onSpawn?: (server: ServerProcess) => void;
}): Promise<ServerProcess>;
