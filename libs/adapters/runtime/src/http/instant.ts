import { registerDecorator } from 'class-validator';

/** No place on Earth is further from UTC than 14 hours; a database refuses what is far beyond. */
export const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/;

/** True for a full ISO 8601 instant, with its offset, that exists. */
export const isInstant = (text: unknown): text is string => typeof text === 'string' && INSTANT.test(text) && !Number.isNaN(Date.parse(text));

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
