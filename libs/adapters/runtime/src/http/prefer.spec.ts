import fc from 'fast-check';
import { preferredWait } from './prefer.js';

it.each([
  ['wait=10', 10],
  ['Wait = 10', 10],
  ['wait="10"', 10],
  ['wait=0', 0],
  ['wait=31', 30],
  ['wait=99999999999999999999', 30],
  ['respond-async, wait=10', 10],
  ['wait=10; extra=1, handling=lenient', 10],
  ['note="a, wait=5", wait=7', 7],
  ['note="\\", wait=5", wait=7', 7],
  ['wait=3, wait=9', 3],
  [['return=minimal', 'wait=4'], 4],
])('%j waits for %d s', (header, seconds) => expect(preferredWait(header, 30)).toBe(seconds));

it.each([
  undefined,
  '',
  'return=minimal',
  'wait',
  'wait=',
  'wait=-1',
  'wait=1.5',
  'wait=soon',
  'wait=x, wait=9',
  'await=5',
  'x;wait=5',
  'wait:5',
  '"wait=5"',
])('ignores %j', (header) => expect(preferredWait(header, 30)).toBeNull());

it('does not wade through a header that nobody means', () => expect(preferredWait(`${'x,'.repeat(500)}wait=5`, 30)).toBeNull());

it('reads any header without an error, and never waits longer than the most', () =>
  fc.assert(
    fc.property(fc.array(fc.constantFrom('wait', '=', ',', ';', '"', '\\', ' ', '5', '99', 'x')), (parts) => {
      const seconds = preferredWait(parts.join(''), 30);
      expect(seconds === null || (seconds >= 0 && seconds <= 30)).toBe(true);
    }),
  ));
