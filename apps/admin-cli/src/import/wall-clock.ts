/**
 * Local wall clock of the shop to UTC. Zone rules come from Intl; the offset is looked up once for each local hour.
 * A time that happens twice (01:00-02:00 when summer time ends) is taken as the first of the two; a time that never happens
 * (01:00-02:00 when it begins) is read with the offset before the change, and so lands one hour later on the clock.
 */
export class WallClock {
  private readonly formatter: Intl.DateTimeFormat;
  private readonly offsets = new Map<string, number>();
  private lastText = '';
  private lastUtc: string | undefined;

  /** @throws RangeError when the zone is unknown to the platform */
  constructor(readonly zone: string) {
    this.formatter = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
  }

  /** The instant as ISO 8601 in UTC, or undefined when the text is not a date and time of the calendar. */
  toUtc(text: string): string | undefined {
    // Rows of one invoice follow each other with the same time.
    if (text !== this.lastText) {
      this.lastUtc = this.convert(text);
      this.lastText = text;
    }
    return this.lastUtc;
  }

  private convert(text: string): string | undefined {
    const match = LOCAL.exec(text);
    if (!match) return undefined;
    const [, year, month, day, hour, minute, second = '00'] = match;
    const local = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`);
    // Date.parse rolls 31 February over into March: only a date that reads back the same exists.
    if (Number.isNaN(local) || new Date(local).getUTCDate() !== Number(day)) return undefined;
    return new Date(local - this.offsetAtLocal(local, `${year}${month}${day}${hour}${minute! < '30' ? 0 : 1}`)).toISOString();
  }

  private offsetAtLocal(local: number, key: string): number {
    const known = this.offsets.get(key);
    if (known !== undefined) return known;
    // The larger offset gives the earlier instant, hence the first of two; in a gap neither fits and the one before counts.
    const before = this.offsetAt(local - DAY);
    const fitting = [before, this.offsetAt(local + DAY)].filter((offset) => this.offsetAt(local - offset) === offset);
    const offset = fitting.length > 0 ? Math.max(...fitting) : before;
    this.offsets.set(key, offset);
    return offset;
  }

  /** Milliseconds that the zone is ahead of UTC at an instant. */
  private offsetAt(instant: number): number {
    const part: Record<string, number> = {};
    for (const { type, value } of this.formatter.formatToParts(instant)) part[type] = Number(value);
    const wall = Date.UTC(part['year']!, part['month']! - 1, part['day'], part['hour'], part['minute'], part['second']);
    return wall - Math.floor(instant / 1000) * 1000;
  }
}

const DAY = 86_400_000;
const LOCAL = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?$/;
