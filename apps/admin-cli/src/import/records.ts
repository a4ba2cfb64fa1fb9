import { CsvError } from 'csv-parse';
import { parse } from 'csv-parse/sync';

/** One record of the file. Text is held byte for byte as latin1, so that nothing is replaced before it was checked. */
export interface RawRecord {
  readonly line: number;
  readonly text: string;
  readonly cells: readonly string[];
}

/** A line that is no record: where the quoting breaks, as column number (from 1), and why. */
export interface BrokenRecord {
  readonly line: number;
  readonly text: string;
  readonly brokenColumn: number;
  readonly reason: 'broken-quoting' | 'cut-off';
  readonly detail: string;
}

/** A quoted cell may run over at most this many lines. A quote left open costs its own line, not the rest of the file. */
const MAX_LINES_A_RECORD = 8;

/** A longer line is no line of a CSV file (a binary file, other line ends); reading on would only fill the memory. */
const MAX_LINE_LENGTH = 1024 * 1024;

type Quoted =
  | { readonly cells: string[] }
  | { readonly open: true; readonly column: number }
  | { readonly open: false; readonly column: number; readonly detail: string };

function parseQuoted(text: string): Quoted {
  try {
    const [cells = []] = parse(text, { relax_column_count: true, record_delimiter: '\n' }) as string[][];
    return { cells };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const column = Number(error['column'] ?? 0) + 1;
    if (error.code === 'CSV_QUOTE_NOT_CLOSED') return { open: true, column };
    const detail =
      error.code === 'CSV_INVALID_CLOSING_QUOTE'
        ? 'a closing quote must be followed by a comma or the end of the line'
        : 'a quote inside a cell that does not begin with one';
    return { open: false, column, detail };
  }
}

/**
 * Cuts text into records as it arrives. A line without a quote is its cells by RFC 4180, which is nearly all of a file and
 * saves the parser; only lines with quotes are parsed. After broken quoting it goes on at the very next line.
 */
export class RecordReader {
  private rest = '';
  private lines: string[] = [];
  private nextLine = 1;

  /** The records that are complete with this piece of the file (latin1). @throws RangeError when a line never ends. */
  push(piece: string): (RawRecord | BrokenRecord)[] {
    const lines = (this.rest + piece).split('\n');
    this.rest = lines.pop() ?? '';
    if (this.rest.length > MAX_LINE_LENGTH)
      throw new RangeError(`line ${this.nextLine + this.lines.length + lines.length} is longer than ${MAX_LINE_LENGTH} bytes`);
    this.lines = this.lines.length === 0 ? lines : this.lines.concat(lines);
    return this.take(false);
  }

  /**
   * What is left at the end of the file, where the last line needs no line feed. When the file is cut off, that line is not read:
   * the half of a number or a name can look whole.
   */
  end(cutOff = false): (RawRecord | BrokenRecord)[] {
    const text = this.rest;
    this.rest = '';
    if (text !== '' && !cutOff) this.lines.push(text);
    const records = this.take(true);
    if (text !== '' && cutOff) {
      records.push({ line: this.nextLine, text, brokenColumn: text.split(',').length, reason: 'cut-off', detail: 'the file ends within this row' });
    }
    return records;
  }

  private take(final: boolean): (RawRecord | BrokenRecord)[] {
    const out: (RawRecord | BrokenRecord)[] = [];
    let index = 0;
    while (index < this.lines.length) {
      const used = this.takeOne(index, final, out);
      if (used === 0) break;
      index += used;
    }
    this.nextLine += index;
    this.lines = this.lines.slice(index);
    return out;
  }

  /** Takes the record that begins at a line and says how many lines it used: 0 when it needs lines that have not come yet. */
  private takeOne(index: number, final: boolean, out: (RawRecord | BrokenRecord)[]): number {
    const line = this.nextLine + index;
    const first = withoutReturn(this.lines[index]!);
    if (!first.includes('"')) {
      if (first !== '') out.push({ line, text: first, cells: first.split(',') });
      return 1;
    }
    let text = first;
    let column = 1;
    for (let used = 1; used <= MAX_LINES_A_RECORD; used++) {
      const quoted = parseQuoted(text);
      if ('cells' in quoted) {
        out.push({ line, text, cells: quoted.cells });
        return used;
      }
      if (used === 1) column = quoted.column;
      if (!quoted.open) {
        out.push({
          line,
          text: first,
          brokenColumn: column,
          reason: 'broken-quoting',
          detail: used === 1 ? quoted.detail : 'the quote is never closed',
        });
        return 1;
      }
      if (index + used >= this.lines.length) {
        if (!final) return 0;
        break;
      }
      text = `${text}\n${withoutReturn(this.lines[index + used]!)}`;
    }
    out.push({ line, text: first, brokenColumn: column, reason: 'broken-quoting', detail: 'the quote is never closed' });
    return 1;
  }
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);
