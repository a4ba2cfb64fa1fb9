import { isInstant } from './instant.js';

it.each(['2026-11-21T10:00:00Z', '2024-02-29T23:59:59.999+14:00', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999999999Z', '1969-07-20T20:17Z'])(
  'takes %s',
  (text) => expect(isInstant(text)).toBe(true),
);

it.each([
  '0000-01-01T00:00:00.000Z',
  // In UTC each of these is in the year 0 or 10000, of which a database makes nothing.
  '0001-01-01T00:00:00+14:00',
  '9999-12-31T23:00:00-14:00',
  '0000-12-31T23:00:00-14:00',
  '2026-02-30T10:00:00Z',
  '2026-02-29T10:00:00Z',
  '2026-13-01T10:00:00Z',
  '2026-11-21T10:00:00',
  '2026-11-21',
  20_261_121,
  undefined,
])('does not take %j', (text) => expect(isInstant(text)).toBe(false));
