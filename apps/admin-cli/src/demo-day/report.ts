import type { Difference as AuditDifference } from '@kernel/ports/read-store.js';
import { takings, type Difference } from './books.js';
import type { Findings } from './findings.js';
import type { DayTally } from './tally.js';

/** What became of a day, as `--json` prints it. Amounts are exact decimals in the shop's currency. */
export interface DayReport {
  readonly seed: number;
  readonly ok: boolean;
  readonly orders: number;
  readonly outOfStock: number;
  /** Orders by the status that they ended the day with. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly parcels: number;
  readonly deliveries: number;
  readonly returns: { readonly requested: number; readonly received: number };
  readonly captured: string;
  readonly refunded: string;
  readonly kept: string;
  readonly unexpected: Readonly<Record<string, number>>;
  readonly sagasNotAtRest: readonly string[];
  readonly auditEqual: boolean;
  /** What the audit found, in its own words. */
  readonly auditDifferences: readonly string[];
  readonly events: number;
  readonly undecided: readonly Difference[];
  readonly stockDifferences: readonly Difference[];
  readonly moneyDifferences: readonly Difference[];
  readonly seconds: number;
}

export interface Played {
  readonly seed: number;
  readonly tally: DayTally;
  readonly sagasNotAtRest: readonly string[];
  readonly findings: Findings;
  readonly seconds: number;
}

export function reportOf({ seed, tally, sagasNotAtRest, findings, seconds }: Played): DayReport {
  const { orders, certificate, undecided, stock, money } = findings;
  const statuses = Object.fromEntries([...Map.groupBy(orders, ({ status }) => status)].map(([status, some]) => [status, some.length]));
  const wrong = [...undecided, ...stock, ...money, ...tally.unexpected.keys(), ...sagasNotAtRest];
  return {
    seed,
    ok: wrong.length === 0 && certificate.equal,
    orders: orders.length,
    outOfStock: tally.outOfStock,
    statuses,
    parcels: tally.done.ship,
    deliveries: tally.done.deliver,
    returns: { requested: tally.done.return, received: tally.done.receive },
    ...takings(orders),
    unexpected: Object.fromEntries(tally.unexpected),
    sagasNotAtRest,
    auditEqual: certificate.equal,
    auditDifferences: certificate.proofs.flatMap(({ differences }) => differences.map(ofAudit)),
    events: certificate.events,
    undecided,
    stockDifferences: stock,
    moneyDifferences: money,
    seconds: Math.round(seconds * 10) / 10,
  };
}

const SHOWN = 20;
const count = (value: number): string => value.toLocaleString('en-GB');

/** The report for people. */
export function reportWords(report: DayReport, currency: string): string {
  const { orders, outOfStock, statuses, parcels, deliveries, returns, captured, refunded, kept, unexpected, events } = report;
  const ends = Object.entries(statuses).map(([status, number]) => `${count(number)} ${status}`);
  const checks: [string, readonly string[]][] = [
    ['every answer was one that a day brings about', Object.entries(unexpected).map(([what, number]) => `${what} (${count(number)} times)`)],
    ['all workflows are at rest', report.sagasNotAtRest],
    ['every order is confirmed or cancelled', report.undecided.map(inWords)],
    ['stock is conserved', report.stockDifferences.map(inWords)],
    ['money is conserved', report.moneyDifferences.map(inWords)],
    [`the audit of ${count(events)} events is equal`, report.auditEqual ? [] : [...report.auditDifferences, 'run `npm run audit` for more']],
  ];
  return [
    `orders      ${count(orders)}: ${ends.join(', ')}; ${count(outOfStock)} more refused for want of stock`,
    `sent        ${count(parcels)} parcels, ${count(deliveries)} orders delivered`,
    `returns     ${count(returns.requested)} requested, ${count(returns.received)} received`,
    `money       ${captured} ${currency} captured, ${refunded} refunded, ${kept} kept`,
    '',
    ...checks.flatMap(([what, wrong]) => [`${wrong.length === 0 ? 'yes' : 'NO '}  ${what}`, ...listed(wrong)]),
    '',
    `${report.ok ? 'All holds' : 'NOT ALL HOLDS'} (seed ${report.seed}, ${Math.round(report.seconds)} s)`,
  ].join('\n');
}

const ofAudit = ({ key, reason, expected, actual }: AuditDifference): string =>
  `${key}: ${reason}${expected === undefined ? '' : `, ${expected} expected`}${actual === undefined ? '' : `, ${actual} found`}`;

const inWords = ({ of, figure, expected, actual }: Difference): string => `${of}: ${figure} is ${actual}, not ${expected}`;

function listed(wrong: readonly string[]): string[] {
  const more = wrong.length - SHOWN;
  return [...wrong.slice(0, SHOWN), ...(more > 0 ? [`and ${count(more)} more`] : [])].map((line) => `       ${line}`);
}
