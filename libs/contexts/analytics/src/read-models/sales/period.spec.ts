import { periodOf, previousOf } from './period.js';

const NOW = Date.parse('2011-06-15T12:34:56Z');
const LONDON = 'Europe/London';
const asked = (from?: string, to?: string, timezone = LONDON) => {
  const period = periodOf({ timezone, ...(from && { from }), ...(to && { to }) }, NOW);
  return [period.from, period.to].map((instant) => new Date(instant).toISOString().slice(0, 16));
};
const before = (from: string, to: string) => {
  const period = previousOf(periodOf({ from, to, timezone: LONDON }, NOW));
  return [period.from, period.to].map((instant) => new Date(instant).toISOString().slice(0, 16));
};

it('takes dates and times for the zone’s, and instants for what they are', () => {
  expect(asked('2011-03-27', '2011-03-28')).toEqual(['2011-03-27T00:00', '2011-03-27T23:00']);
  expect(asked('2011-06-01T09:30', '2011-06-01T10:00:00')).toEqual(['2011-06-01T08:30', '2011-06-01T09:00']);
  expect(asked('2011-06-01T09:30:00Z', '2011-06-01T12:00:00+02:00')).toEqual(['2011-06-01T09:30', '2011-06-01T10:00']);
});

it('ends with today and begins 30 days before, where nothing is said', () => {
  expect(asked()).toEqual(['2011-05-16T23:00', '2011-06-15T23:00']);
});

it.each([
  ['from', '2011-02-30', '2011-04-01', LONDON],
  ['from', 'yesterday', '2011-04-01', LONDON],
  ['from', '2011-13-01', '2011-04-01', LONDON],
  ['from', '0001-01-01', '2011-04-01', LONDON],
  ['from', '2011-03-01T10:00:30Z', '2011-04-01', LONDON],
  ['to', '2011-03-01', '9999-12-31', LONDON],
  ['to', '2011-03-01', '2011-03-01', LONDON],
  ['timezone', '2011-03-01', '2011-04-01', 'Mars/Olympus'],
])('refuses a wrong %s by name: %s to %s in %s', (field, from, to, timezone) => {
  expect(() => periodOf({ from, to, timezone }, NOW)).toThrow(
    expect.objectContaining({ code: 'request.invalid', details: { errors: [{ field, message: expect.any(String) }] } }),
  );
});

it('compares with whole months, whole days through daylight saving, or the same time before', () => {
  expect(before('2011-04-01', '2011-05-01')).toEqual(['2011-03-01T00:00', '2011-03-31T23:00']);
  expect(before('2011-03-28', '2011-04-04')).toEqual(['2011-03-21T00:00', '2011-03-27T23:00']);
  expect(before('2011-06-01T10:00', '2011-06-01T12:00')).toEqual(['2011-06-01T07:00', '2011-06-01T09:00']);
});

it('does not compare with a time before the read models’', () => {
  const period = periodOf({ from: '1971-06-01', to: '1973-06-01', timezone: LONDON }, NOW);
  expect(() => previousOf(period)).toThrow(expect.objectContaining({ details: { errors: [expect.objectContaining({ field: 'compare' })] } }));
});
