import { registerDecorator } from 'class-validator';

/** No place on Earth is further from UTC than 14 hours; a database refuses what is far beyond. */
export const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/;

/** Before and after these, in UTC, there is no year of four digits that a database would read. */
const [FIRST, END] = [Date.parse('0001-01-01T00:00:00Z'), Date.parse('+010000-01-01T00:00:00Z')];

/** True for a full ISO 8601 instant, with its offset, that exists and that every database reads. */
export function isInstant(text: unknown): text is string {
  if (typeof text !== 'string' || !INSTANT.test(text) || text.startsWith('0000')) return false;
  const at = Date.parse(text);
  return at >= FIRST && at < END && isDay(text.slice(0, 10));
}

/** `Date` takes the 30th of February for the 2nd of March. */
const isDay = (day: string): boolean => new Date(day).toISOString().startsWith(day);

/** A property that is a full instant; half of one would be read in whatever zone the server runs in. */
export const IsInstant = () => (target: object, propertyName: string) =>
  registerDecorator({
    name: 'isInstant',
    target: target.constructor,
    propertyName,
    validator: {
      validate: isInstant,
      defaultMessage: () => `${propertyName} must be an ISO 8601 instant with its offset, such as 2026-11-21T10:00:00Z`,
    },
  });
