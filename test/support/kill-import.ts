import type { TestServer } from '@testing/server.js';
import { AdminClient } from './api-client.js';
import { throughKills } from './kills.js';
import { runCli, startCli } from './run-cli.js';

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
/** The kills fall on this part of the import. */
const UNDER_FIRE = 0.9;

/** Imports a file of so many orders while its server is killed at ten random moments. */
export async function importThroughKills(server: TestServer, file: string, orders: number, args: readonly string[] = []): Promise<Survived> {
  // One importer lives through all of it, as it would through an operator's restarts.
  const importer = startCli(server, 'import', file, '--json', '--retry-seconds', '60', ...args);
  const underWay = await throughKills(server, importer.done, orders * EVENTS_AN_ORDER * UNDER_FIRE);
  const run = await importer.done;
  if (run.code !== 0) throw new Error(`the import ended with ${run.code}: ${run.stderr}`);
  const { totals } = await new AdminClient(server).sales({ from: '2010-12-01', to: '2012-01-01', grain: 'month' });
  const audit = await runCli(server, 'audit', '--json');
  return { code: run.code, underWay, report: run.json<object>(), totals, audit: audit.json<object>() };
}
