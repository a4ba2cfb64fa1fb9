const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const formats = new Map<string, Intl.DateTimeFormat>();

/** The zone's own spelling of an IANA name (`europe/london` is `Europe/London`), or null for what is none. */
export function zoneNamed(name: string): string | null {
  // ICU's own SystemV zones are in no other time zone database.
  if (!/^(?!SystemV)[A-Z][A-Z0-9_+\-/]*$/i.test(name)) return null;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    const parts = {
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
      hourCycle: 'h23',
    } as const;
    format = new Intl.DateTimeFormat('en-u-ca-iso8601', { timeZone: zone, ...parts });
    formats.set(zone, format);
  }
  return format;
}

/** What a zone's clocks say at an instant, as the milliseconds that UTC would have then. */
export function wallAt(instant: number, zone: string): number {
  const part = Object.fromEntries(
    formatOf(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  return Date.UTC(part['year']!, part['month']! - 1, part['day'], part['hour'], part['minute'], part['second']);
}

/**
 * The instant at which a zone's clocks say so. A time that they skip is the moment of the skip; of a time that they say twice it is the first.
 */
export function instantOf(wall: number, zone: string): number {
  const candidates = [-DAY, DAY].map((aside) => wall - (wallAt(wall + aside, zone) - (wall + aside)));
  const said = candidates.filter((instant) => wallAt(instant, zone) === wall);
  return said.length > 0 ? Math.min(...said) : Math.max(...candidates);
}

/** The wall clock's midnight at or before an instant, as `instantOf` takes it. */
export const midnightBefore = (instant: number, zone: string): number => Math.floor(wallAt(instant, zone) / DAY) * DAY;

/** An instant as ISO 8601 with the zone's offset then, so that an hour said twice has two names. */
export function inZone(instant: number, zone: string): string {
  const wall = wallAt(instant, zone);
  const offset = Math.round((wall - instant) / MINUTE);
  const two = (value: number) => String(value).padStart(2, '0');
  const size = Math.abs(offset);
  return `${new Date(wall).toISOString().slice(0, 19)}${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** Wall-clock milliseconds moved by whole months, days kept. */
export function plusMonths(wall: number, months: number): number {
  const date = new Date(wall);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes());
}
