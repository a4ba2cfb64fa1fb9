import { inZone, instantOf, midnightBefore, zoneNamed } from './zone.js';

const at = (wall: string, zone: string) => new Date(instantOf(Date.parse(`${wall}Z`), zone)).toISOString();

it('knows no zone that ClickHouse does not', () => expect(['SystemV/PST8', 'systemv/AST4ADT'].map(zoneNamed)).toEqual([null, null]));

it('knows IANA names, in their own spelling, and nothing else', () => {
  expect(['Europe/London', 'europe/london', 'UTC', 'Mars/Olympus', '+01:00', ''].map(zoneNamed)).toEqual([
    'Europe/London',
    'Europe/London',
    'UTC',
    null,
    null,
    null,
  ]);
});

it('finds the instant at which clocks say so', () => {
  expect(at('2011-03-26T12:00:00', 'Europe/London')).toBe('2011-03-26T12:00:00.000Z');
  expect(at('2011-03-28T12:00:00', 'Europe/London')).toBe('2011-03-28T11:00:00.000Z');
  expect(at('2011-01-01T00:00:00', 'Asia/Kolkata')).toBe('2010-12-31T18:30:00.000Z');
});

it('takes a skipped time for the moment of the skip', () => {
  expect(at('2011-03-27T01:30:00', 'Europe/London')).toBe('2011-03-27T01:30:00.000Z');
  // Brazil’s clocks went forward at midnight: that day began at one.
  expect(at('2018-11-04T00:00:00', 'America/Sao_Paulo')).toBe('2018-11-04T03:00:00.000Z');
});

it('takes the first of a time that clocks say twice', () => {
  expect(at('2026-10-25T01:30:00', 'Europe/London')).toBe('2026-10-25T00:30:00.000Z');
});

it('names the two hours of a night in autumn apart', () => {
  expect(['2026-10-25T00:00:00Z', '2026-10-25T01:00:00Z'].map((text) => inZone(Date.parse(text), 'Europe/London'))).toEqual([
    '2026-10-25T01:00:00+01:00',
    '2026-10-25T01:00:00+00:00',
  ]);
  expect(inZone(Date.parse('2011-01-01T00:00:00Z'), 'America/St_Johns')).toBe('2010-12-31T20:30:00-03:30');
});

it('finds the midnight before', () => {
  expect(new Date(midnightBefore(Date.parse('2011-06-30T23:30:00Z'), 'Europe/London')).toISOString()).toBe('2011-07-01T00:00:00.000Z');
});
