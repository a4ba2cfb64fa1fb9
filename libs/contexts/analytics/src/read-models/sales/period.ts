import { invalid } from '@adapters/runtime/src/http/validation.js';
import { instantOf, midnightBefore, plusMonths, wallAt, zoneNamed } from './zone.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const DEFAULT_DAYS = 30;
/** What the read models' minutes can hold, with a day to spare on either side for any zone. */
const EARLIEST = Date.UTC(1971, 0, 1);
const LATEST = Date.UTC(2105, 0, 1);

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const LOCAL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:00(\.0{1,3})?)?$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:?\d{2})$/;

/** A span of whole minutes: `from` is in it, `to` is not. Both are epoch milliseconds. */
export interface Period {
  readonly from: number;
  readonly to: number;
  readonly zone: string;
}

export interface AskedPeriod {
  readonly from?: string;
  readonly to?: string;
  readonly timezone: string;
}

/**
 * The period that a question names: dates and times without an offset are the zone's own. Without `to` it ends with today, without `from`
 * it is the 30 days before its end.
 * @throws Refusal `request.invalid` naming the field
 */
export function periodOf({ from, to, timezone }: AskedPeriod, now: number): Period {
  const zone = zoneNamed(timezone);
  if (zone === null) throw invalid([{ field: 'timezone', message: 'timezone must be an IANA time zone such as Europe/London' }]);
  const end = to === undefined ? instantOf(midnightBefore(now, zone) + DAY, zone) : instantFrom('to', to, zone);
  const start = from === undefined ? instantOf(midnightBefore(end, zone) - DEFAULT_DAYS * DAY, zone) : instantFrom('from', from, zone);
  if (start >= end) throw invalid([{ field: 'to', message: 'must be after from' }]);
  return { from: start, to: end, zone };
}

function instantFrom(field: 'from' | 'to', text: string, zone: string): number {
  const problem = edgeProblem(text);
  if (problem !== null) throw invalid([{ field, message: `${field} ${problem}` }]);
  const { local, parsed } = parse(text);
  const instant = local ? instantOf(parsed, zone) : parsed;
  if (instant % MINUTE !== 0) throw invalid([{ field, message: `${field} must be a whole minute` }]);
  return instant;
}

/** What keeps a text from being an edge of a period in any zone, or null. */
export function edgeProblem(text: string): string | null {
  const { local, parsed } = parse(text);
  // Date.parse takes 2011-02-30 for the second of March.
  const isReal = !Number.isNaN(parsed) && Number(text.slice(8, 10)) <= daysOfMonth(text);
  if (!isReal) return 'must be a date (2011-03-27), a time of the zone (2011-03-27T14:30) or an instant (2011-03-27T13:30:00Z)';
  if (parsed < EARLIEST || parsed >= LATEST) return 'must lie between 1971 and 2104';
  return !local && parsed % MINUTE !== 0 ? 'must be a whole minute' : null;
}

/** Milliseconds as UTC would have them where the text is of a zone's own clocks, else of the instant; NaN for what is neither. */
function parse(text: string): { readonly local: boolean; readonly parsed: number } {
  const local = DATE.test(text) ? `${text}T00:00:00Z` : LOCAL.test(text) ? `${text.slice(0, 16)}:00Z` : null;
  return { local: local !== null, parsed: local !== null ? Date.parse(local) : INSTANT.test(text) ? Date.parse(text) : NaN };
}

const daysOfMonth = (text: string): number => new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate();

/**
 * The period of the same length that ends where this one starts: in whole months or days of the zone where it is made of them.
 * @throws Refusal `request.invalid` where it would start before anything can be known
 */
export function previousOf(period: Period): Period {
  const previous = before(period);
  if (previous.from < EARLIEST - DAY) throw invalid([{ field: 'compare', message: 'the period before would start before 1971' }]);
  return previous;
}

function before({ from, to, zone }: Period): Period {
  const [start, end] = [wallAt(from, zone), wallAt(to, zone)];
  const months = wholeMonths(start, end);
  if (months !== null) return { from: instantOf(plusMonths(start, -months), zone), to: from, zone };
  const isMidnight = start % DAY === 0 && end % DAY === 0;
  return { from: isMidnight ? instantOf(start - (end - start), zone) : from - (to - from), to: from, zone };
}

function wholeMonths(start: number, end: number): number | null {
  const [first, last] = [new Date(start), new Date(end)];
  const isFirst = (date: Date) => date.getUTCDate() === 1 && date.getTime() % DAY === 0;
  if (!isFirst(first) || !isFirst(last)) return null;
  return (last.getUTCFullYear() - first.getUTCFullYear()) * 12 + last.getUTCMonth() - first.getUTCMonth();
}
