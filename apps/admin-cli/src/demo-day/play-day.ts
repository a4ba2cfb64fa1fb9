import { findingsOf } from './findings.js';
import { ShopClock } from './clock.js';
import { open } from './opening.js';
import { Player } from './player.js';
import { reportOf, type DayReport } from './report.js';
import { dayOf } from './script.js';
import { inFlight, settled } from './settling.js';
import type { People } from './shop-api.js';
import { DayTally } from './tally.js';

export interface DayOptions {
  readonly people: People;
  readonly seed: number;
  readonly orders: number;
  readonly speed: number;
  readonly currency: string;
  /** How long workflows may take to come to rest, seconds. */
  readonly settleSeconds: number;
  readonly say: (line: string) => void;
  /** Called when the shop opens; what it answers is stopped when the day is over. */
  readonly progress: (day: { clock: ShopClock; tally: DayTally; inFlight: () => Promise<number> }) => { stop(): void };
}

/** Plays a day, waits until all workflows are at rest, and balances the books. @throws Failure where the server cannot be worked with */
export async function playDay(options: DayOptions): Promise<DayReport> {
  const { people, seed, orders, speed, currency, settleSeconds, say } = options;
  const { administrator } = people;
  const started = performance.now();
  const day = dayOf({ seed, orders });
  const tally = new DayTally();
  say(`Setting up ${day.products.length} products and ${day.customers} customers.`);
  await open(day, people, currency);
  const clock = new ShopClock(speed);
  const progress = options.progress({ clock, tally, inFlight: async () => (await inFlight(administrator)).length });
  const ids = await new Player({ people, clock, tally, decisionMs: settleSeconds * 1_000 }).play(day).finally(() => progress.stop());
  say('The day is over; waiting until all workflows are at rest.');
  const sagasNotAtRest = await settled(administrator, settleSeconds * 1_000);
  say(`Balancing the books of ${ids.length} orders.`);
  const findings = await findingsOf(administrator, day, ids);
  return reportOf({ seed, tally, sagasNotAtRest, findings, seconds: (performance.now() - started) / 1_000 });
}
