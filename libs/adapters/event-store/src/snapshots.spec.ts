import fc from 'fast-check';
import { Snapshots } from './snapshots.js';

const every = 10;
const shapeOf = (initial: unknown, revision = 1): string => new Snapshots(initial, { every, revision }).shape;

describe('the shape of a state', () => {
  const initial = { onHand: 0, low: false, by: { name: '', tags: ['a'] } };

  it('is the same whatever the values and the order of the keys', () =>
    expect(shapeOf({ by: { tags: ['b'], name: 'x' }, onHand: 7, low: true })).toBe(shapeOf(initial)));

  it.each<[string, unknown]>([
    ['a key more', { ...initial, reserved: 0 }],
    ['a key less', { onHand: 0, low: false }],
    ['another name', { inHand: 0, low: false, by: initial.by }],
    ['another type', { ...initial, onHand: '0' }],
    ['null in the place of a value', { ...initial, low: null }],
    ['a change deep inside', { ...initial, by: { name: '', tags: [1] } }],
    ['a list in the place of an object', { ...initial, by: [] }],
  ])('is another with %s', (_, changed) => expect(shapeOf(changed)).not.toBe(shapeOf(initial)));

  it('is another with another revision', () => expect(shapeOf(initial, 2)).not.toBe(shapeOf(initial, 1)));
});

describe('snapshots', () => {
  const snapshots = new Snapshots<unknown>({ n: 0 }, { every, revision: 1 });

  it.each([
    [0, 9, 0],
    [0, 10, 1],
    [9, 10, 1],
    [10, 11, 0],
    [9, 31, 1],
    [19, 21, 1],
  ])('are taken where an append passes a multiple of their distance: from %i to %i, %i', (before, version, taken) => {
    expect(snapshots.after('s', before, version, { n: 1 })).toHaveLength(taken);
  });

  it('give back every JSON value as it was', () =>
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (state) => {
        // JSON has one zero.
        fc.pre(!JSON.stringify([state], (_, each: unknown) => (Object.is(each, -0) ? '-0' : each)).includes('"-0"'));
        const [row] = snapshots.after('s', 0, every, state);
        expect(snapshots.open('s', row!.row as never)).toEqual({ state, version: every });
      }),
    ));

  it.each<[string, unknown]>([
    ['undefined', { n: undefined }],
    ['a bigint', { n: 1n }],
    ['not a number', { n: NaN }],
    ['minus zero', { n: -0 }],
    ['a date', { n: new Date(0) }],
    ['a map', { n: new Map([[1, 2]]) }],
    ['nothing at all', undefined],
    ['a hole in a list', { n: Array(2) }],
  ])('refuse a state that would come back otherwise: %s', (_, state) => {
    expect(() => new Snapshots(state, { every, revision: 1 })).toThrow('the initial state cannot be kept as a snapshot');
    expect(() => snapshots.after('stock-1', 3, 4, state)).toThrow('stock-1 cannot be kept as a snapshot');
  });

  it.each([0, -1, 1.5])('refuse to be taken every %d events', (bad) =>
    expect(() => new Snapshots({}, { every: bad, revision: 1 })).toThrow(`every ${bad} events`),
  );

  it('open nothing that is not what was stored', () => {
    const row = snapshots.after('s', 0, every, { n: 1 })[0]!.row as unknown as { version: number; state: string; digest: string };
    expect(snapshots.open('s', row)).toEqual({ state: { n: 1 }, version: every });
    for (const bad of [{ state: '{"n":2}' }, { state: '{"n":' }, { state: '' }, { version: 11 }, { digest: '' }]) {
      expect(snapshots.open('s', { ...row, ...bad })).toBeUndefined();
    }
    expect(snapshots.open('other', row)).toBeUndefined();
  });
});
