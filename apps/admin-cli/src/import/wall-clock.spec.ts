import { WallClock } from './wall-clock.js';

describe('WallClock', () => {
  const london = new WallClock('Europe/London');

  it.each([
    ['winter is UTC', '2010-12-01 08:26:00', '2010-12-01T08:26:00.000Z'],
    ['summer is an hour ahead', '2011-06-30 20:08:00', '2011-06-30T19:08:00.000Z'],
    ['the last minute before summer', '2011-03-27 00:59:00', '2011-03-27T00:59:00.000Z'],
    ['a time that never was lands an hour later', '2011-03-27 01:30:00', '2011-03-27T01:30:00.000Z'],
    ['the first minute of summer', '2011-03-27 02:00:00', '2011-03-27T01:00:00.000Z'],
    ['the last hour before it is doubled', '2011-10-30 00:59:00', '2011-10-29T23:59:00.000Z'],
    ['a time that was twice is the first of the two', '2011-10-30 01:30:00', '2011-10-30T00:30:00.000Z'],
    ['after the doubled hour', '2011-10-30 02:00:00', '2011-10-30T02:00:00.000Z'],
    ['a leap day', '2012-02-29 12:00', '2012-02-29T12:00:00.000Z'],
    ['a T between date and time', '2011-01-02T03:04:05', '2011-01-02T03:04:05.000Z'],
  ])('%s', (_, local, utc) => expect(london.toUtc(local)).toBe(utc));

  it.each([
    '',
    'yesterday',
    '2011-02-30 08:00:00',
    '2011-02-29 08:00',
    '2011-13-01 08:00',
    '2011-01-01 24:00:00',
    '2011-01-01 08:60',
    '01/12/2010 08:26',
  ])('does not read %j', (text) => expect(london.toUtc(text)).toBeUndefined());

  it('knows zones with half hours', () => {
    expect(new WallClock('Asia/Kolkata').toUtc('2011-01-01 05:30')).toBe('2011-01-01T00:00:00.000Z');
    expect(new WallClock('Australia/Lord_Howe').toUtc('2011-04-03 01:45')).toBe('2011-04-02T14:45:00.000Z');
  });
});
