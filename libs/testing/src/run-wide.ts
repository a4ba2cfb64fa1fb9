import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '@adapters/runtime/src/embedded/process-info.js';

/** The folder of the engines that a jest run's specs share; whatever runs in it ends with the run. */
export function enginesDirectory(): string {
  const directory = process.env['NEBULOCART_TEST_ENGINES'];
  if (!directory) throw new Error('an engine that specs share needs the globalSetup of jest.config.mjs');
  return directory;
}

/** What all workers of a jest run share: made by whichever asks first, while the others wait for its file. */
export async function runWide<T>(name: string, make: () => Promise<T>): Promise<T> {
  const published = join(enginesDirectory(), `${name}.json`);
  for (;;) {
    const made = readJson(published);
    if (made) return made as T;
    if (claim(join(enginesDirectory(), `${name}.starting`))) {
      const value = await make();
      writeFileSync(`${published}.new`, JSON.stringify(value), { mode: 0o600 });
      renameSync(`${published}.new`, published);
      return value;
    }
    await sleep(20);
  }
}

/** True for the one process that may make it; a claim of a dead worker is void. */
function claim(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const owner = Number(readJson(file) ?? process.pid);
    if (!isAlive(owner)) rmSync(file, { force: true });
    return false;
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
