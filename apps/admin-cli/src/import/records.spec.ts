import fc from 'fast-check';
import { RecordReader, type BrokenRecord, type RawRecord } from './records.js';

const read = (text: string, size = text.length || 1): (RawRecord | BrokenRecord)[] => {
  const reader = new RecordReader();
  const records: (RawRecord | BrokenRecord)[] = [];
  for (let at = 0; at < text.length; at += size) records.push(...reader.push(text.slice(at, at + size)));
  return [...records, ...reader.end()];
};
const cellsOf = (text: string) => read(text).map((record) => ('cells' in record ? record.cells : record.reason));

describe('RecordReader', () => {
  it('reads cells and quoted cells, with either line end, and the last line without one', () => {
    expect(cellsOf('a,b\r\n1,"x, ""y"""\n\n2,z')).toEqual([
      ['a', 'b'],
      ['1', 'x, "y"'],
      ['2', 'z'],
    ]);
  });

  it('numbers the lines of the file, blank ones and those within a quoted cell included', () => {
    expect(read('a\n\n"1\n2"\nb').map(({ line }) => line)).toEqual([1, 3, 5]);
  });

  it('loses one line to a quote that is never closed, not the rest of the file', () => {
    const lines = Array.from({ length: 20 }, (_, n) => `${n},x`);
    const records = read(`h,h\n1,"open\n${lines.join('\n')}`);
    expect(records[1]).toEqual({
      line: 2,
      text: '1,"open',
      brokenColumn: 2,
      reason: 'broken-quoting',
      detail: 'the quote is never closed',
    });
    expect(records.slice(2).map((record) => 'cells' in record && record.cells[0])).toEqual(lines.map((_, n) => String(n)));
  });

  it('does the same when a later line has a proper quote', () => {
    expect(cellsOf('1,"open\n2,"fine"\n3,x')).toEqual(['broken-quoting', ['2', 'fine'], ['3', 'x']]);
  });

  it('names the column of a quote inside a cell and of text after a closing quote', () => {
    expect(read('a,b,c\n1,x"y,z\n1,2,"x"y\n')).toMatchObject([{ line: 1 }, { line: 2, brokenColumn: 2 }, { line: 3, brokenColumn: 3 }]);
  });

  it('does not read the line in which a file is cut off', () => {
    const reader = new RecordReader();
    reader.push('a,b\n1,2\n3,United King');
    expect(reader.end(true)).toMatchObject([{ line: 3, reason: 'cut-off', brokenColumn: 2 }]);
  });

  it('refuses a line without end', () => {
    const reader = new RecordReader();
    expect(() => reader.push('x'.repeat(1024 * 1024 + 1))).toThrow('line 1 is longer');
  });

  it('reads the same whatever pieces the text comes in', () => {
    const cell = fc.stringMatching(/^[a-z" ,\n]{0,6}$/);
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 8 }), fc.integer({ min: 1, max: 9 }), (rows, size) => {
        const text = rows.map((cells) => cells.join(',')).join('\n');
        expect(read(text, size)).toEqual(read(text));
      }),
    );
  });

  it('gives back what was quoted', () => {
    // Eight lines a record is the limit.
    const cell = fc.stringMatching(/^[a-z",]{1,6}\n?[a-z",]{0,4}$/);
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 6 }), (rows) => {
        const text = rows.map((cells) => cells.map((value) => `"${value.replaceAll('"', '""')}"`).join(',')).join('\n');
        expect(cellsOf(text)).toEqual(rows);
      }),
    );
  });
});
