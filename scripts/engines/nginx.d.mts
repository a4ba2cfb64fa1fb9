import type { ServerProcess } from './server-process.mjs';

/** Makes sure that nginx is installed. */
export function requireNginx(what?: string): void;

/** `nginx -t`: what is wrong with a configuration; undefined where it is right. */
export function nginxProblem(options: { readonly dir: string; readonly config: string }): string | undefined;

/** Starts nginx on a whole configuration. Resolves when it takes connections on `port`. */
export function startNginx(options: { readonly dir: string; readonly config: string; readonly port: number }): Promise<ServerProcess>;
