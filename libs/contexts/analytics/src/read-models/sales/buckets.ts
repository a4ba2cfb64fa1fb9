import { invalid } from '@adapters/runtime/src/http/validation.js';
import type { ReadStore } from '@kernel/ports/read-store.js';
import type { Period } from './period.js';

export const GRAINS = ['minute', 'hour', 'day', 'week', 'month'] as const;
export type Grain = (typeof GRAINS)[number];

/** Most buckets in an answer: two weeks of minutes, two years of hours. */
const MAX_BUCKETS = 20_000;

/** Shortest that a bucket can be, in seconds: clocks that go forward shorten one. */
const SHORTEST: Record<Grain, number> = { minute: 60, hour: 1_800, day: 22 * 3_600, week: 166 * 3_600, month: 27 * 86_400 };

/** The start of the bucket that a time belongs to, in epoch seconds. Calendar grains follow the zone's clocks; weeks start on Monday. */
export const bucketOf: Record<Grain, (time: string) => string> = {
  minute: (time) => `toUnixTimestamp(${time})`,
  hour: (time) => `toUnixTimestamp(toStartOfHour(${time}, {zone:String}))`,
  day: (time) => `toUnixTimestamp(toStartOfDay(${time}, {zone:String}))`,
  week: (time) => `toUnixTimestamp(toDateTime(toStartOfWeek(${time}, 1, {zone:String}), {zone:String}))`,
  month: (time) => `toUnixTimestamp(toDateTime(toStartOfMonth(${time}, {zone:String}), {zone:String}))`,
};

/**
 * Every bucket of a period, in order, empty ones as well: epoch seconds of their starts. The first may start before the period does.
 * Made by stepping through the period in steps that no bucket is shorter than, so that daylight saving neither skips nor repeats one.
 * @throws Refusal `request.invalid` for more than MAX_BUCKETS
 */
export async function bucketsOf(store: ReadStore, { from, to, zone }: Period, grain: Grain): Promise<number[]> {
  const seconds = (to - from) / 1_000;
  const steps = Math.ceil(seconds / SHORTEST[grain]) + 1;
  if (grain === 'minute' ? steps - 1 > MAX_BUCKETS : steps > 2 * MAX_BUCKETS + 2) throw tooMany(grain);
  const rows = await store.rows<{ bucket: number }>(
    `SELECT DISTINCT ${bucketOf[grain](`toDateTime(least({from:UInt32} + number * ${SHORTEST[grain]}, {to:UInt32} - 60), 'UTC')`)} AS bucket
     FROM numbers(${steps}) ORDER BY bucket`,
    { from: from / 1_000, to: to / 1_000, zone },
  );
  if (rows.length > MAX_BUCKETS) throw tooMany(grain);
  return rows.map(({ bucket }) => Number(bucket));
}

const tooMany = (grain: Grain) =>
  invalid([{ field: 'grain', message: `${grain} makes more than ${MAX_BUCKETS} buckets of this range: ask for a coarser one or a shorter range` }]);
