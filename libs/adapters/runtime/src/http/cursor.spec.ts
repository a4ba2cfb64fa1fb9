import { decodeCursor, page } from './cursor.js';

const encoded = (key: unknown): string => Buffer.from(JSON.stringify(key)).toString('base64url');

describe('a cursor', () => {
  it('is the place of the last row of a page that is not the last', () => {
    const rows = [['1', 'a'] as const, ['2', 'b'] as const, ['3', 'c'] as const];
    const { items, next } = page(
      rows,
      2,
      (row) => row,
      ([, name]) => name,
    );
    expect([items, decodeCursor(next!, 2)]).toEqual([
      ['a', 'b'],
      ['2', 'b'],
    ]);
    expect(
      page(
        rows,
        3,
        (row) => row,
        ([, name]) => name,
      ),
    ).toEqual({ items: ['a', 'b', 'c'] });
  });

  it.each([
    ['nothing', ''],
    ['no JSON', Buffer.from('x').toString('base64url')],
    ['too few parts', encoded(['1'])],
    ['too many parts', encoded(['1', '2', '3'])],
    ['parts that are no text', encoded(['1', 2])],
    ['an object', encoded({ length: 2 })],
    ['text with U+0000', encoded(['1', '\0'])],
    ['half of a surrogate pair', encoded(['1', '\ud800'])],
  ])('is refused where it is %s', (_, cursor) =>
    expect(() => decodeCursor(cursor, 2)).toThrow(
      expect.objectContaining({ code: 'request.invalid', details: { errors: [expect.objectContaining({ field: 'cursor' })] } }),
    ),
  );
});
