import { setTimeout as pause } from 'node:timers/promises';
import type { TestServer } from '@testing/server.js';

const KILLS = 10;

/**
 * Kills a server without warning at ten random moments of some work against it, and starts it again on the same data and port.
 * The moments are told by how many of ordering's events are recorded, below `most`, never by a clock, so that the work is under way
 * through all of them however fast the machine is.
 * @returns false where the work was over before the last kill, and so proves less than it should
 */
export async function throughKills(server: TestServer, work: Promise<unknown>, most: number): Promise<boolean> {
  const { port } = new URL(server.url);
  let underWay = true;
  const over = (): void => void (underWay = false);
  work.then(over, over);
  const moments = Array.from({ length: KILLS }, () => Math.floor(Math.random() * most)).sort((a, b) => a - b);
  console.info(`killing after ${moments.join(', ')} events`);
  for (const moment of moments) {
    while (underWay && (await recorded(server)) < moment) await pause(5);
    await server.kill9();
    await server.restart({ PORT: port });
  }
  return underWay;
}

/** How many of ordering's events are in the log; 0 while a server that has just come up cannot tell. */
async function recorded(server: TestServer): Promise<number> {
  const response = await fetch(`${server.url}/readyz`);
  const { watermarks } = (await response.json()) as { watermarks?: Record<string, { head: number }> };
  return watermarks?.['ordering']?.head ?? 0;
}
