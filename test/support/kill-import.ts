import { setTimeout as pause } from 'node:timers/promises';
import type { TestServer } from '@testing/server.js';
import { AdminClient } from './api-client.js';
import { runCli, startCli } from './run-cli.js';

const KILLS = 10;

/** What a file must come to. */
export interface Totals {
  readonly rows: number;
  readonly orders: number;
  readonly units: number;
  readonly gross: string;
  readonly credits: string;
}

/** How an import through ten kills ended. */
export interface Survived {
  readonly code: number | null;
  /** False when the import was over before the last kill, and so proves less than it should. */
  readonly underWay: boolean;
  readonly report: object;
  readonly totals: object;
  readonly audit: object;
}

/** What it must come to: nothing lost, nothing twice, and all of it proved. */
export const survived = ({ rows, units, ...figures }: Totals): Survived => ({
  code: 0,
  underWay: true,
  report: { rows, rejected: {}, ...figures },
  totals: { units, ...figures },
  audit: { equal: true },
});

/** Of an imported order: placed, confirmed, delivered. */
const EVENTS_AN_ORDER = 3;
/** The kills fall on this part of the import, so that the importer is at work through all of them, however fast the machine is. */
const UNDER_FIRE = 0.9;

/**
 * Imports a file of so many orders while its server is killed without warning at ten random moments of the import, and started
 * again on the same data and port. The moments are told by what is already recorded, never by a clock.
 */
export async function importThroughKills(server: TestServer, file: string, orders: number, args: readonly string[] = []): Promise<Survived> {
  const { port } = new URL(server.url);
  // One importer lives through all of it, as it would through an operator's restarts.
  const importer = startCli(server, 'import', file, '--json', '--retry-seconds', '60', ...args);
  let underWay = true;
  void importer.done.then(() => (underWay = false));
  const most = orders * EVENTS_AN_ORDER * UNDER_FIRE;
  const moments = Array.from({ length: KILLS }, () => Math.floor(Math.random() * most)).sort((a, b) => a - b);
  console.info(`killing after ${moments.join(', ')} events`);
  for (const moment of moments) {
    while (underWay && (await recorded(server)) < moment) await pause(5);
    await server.kill9();
    await server.restart({ PORT: port });
  }
  const wasUnderWay = underWay;
  const run = await importer.done;
  if (run.code !== 0) throw new Error(`the import ended with ${run.code}: ${run.stderr}`);
  const { totals } = await new AdminClient(server).sales({ from: '2010-12-01', to: '2012-01-01', grain: 'month' });
  const audit = await runCli(server, 'audit', '--json');
  return { code: run.code, underWay: wasUnderWay, report: run.json<object>(), totals, audit: audit.json<object>() };
}

/** How many of ordering's events are in the log. */
async function recorded(server: TestServer): Promise<number> {
  const response = await fetch(`${server.url}/readyz`);
  const { watermarks } = (await response.json()) as { watermarks: Record<string, { head: number }> };
  return watermarks['ordering']!.head;
}
