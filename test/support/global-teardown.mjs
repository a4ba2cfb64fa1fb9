import { once } from 'node:events';

/** Stops the engines that specs of this run started, and resolves when they are gone. */
export default async function globalTeardown() {
  const guardian = globalThis.engineGuardian;
  const exited = once(guardian, 'exit');
  guardian.stdin.end();
  await exited;
}
