import { open, rm, type FileHandle } from 'node:fs/promises';
import type { Reject } from './rows.js';

const FLUSH_BYTES = 64 * 1024;

/**
 * The rows that were not imported, as CSV: line, column, reason, detail and the row as it was, byte for byte. No file is made when
 * there are none, and one of an earlier run is removed, so that what is there is always of the last run.
 */
export class RejectsFile {
  count = 0;
  private handle: FileHandle | undefined;
  private waiting: string[] = ['line,column,reason,detail,raw\n'];
  private size = 0;

  private constructor(readonly path: string) {}

  /** @throws when an earlier file cannot be removed */
  static async at(path: string): Promise<RejectsFile> {
    await rm(path, { force: true });
    return new RejectsFile(path);
  }

  /** Adds rows. @throws when the file cannot be written */
  async write(rejects: readonly Reject[]): Promise<void> {
    for (const { line, column, reason, detail, text } of rejects) {
      const row = [String(line), bytes(column), bytes(reason), bytes(detail), text].map(quoted).join(',');
      this.waiting.push(`${row}\n`);
      this.size += row.length;
    }
    this.count += rejects.length;
    if (this.size >= FLUSH_BYTES) await this.flush();
  }

  async close(): Promise<void> {
    if (this.count > 0) await this.flush();
    await this.handle?.close();
  }

  private async flush(): Promise<void> {
    const text = this.waiting.join('');
    this.waiting = [];
    this.size = 0;
    this.handle ??= await open(this.path, 'w');
    await this.handle.appendFile(text, 'latin1');
  }
}

/** Own words as UTF-8, held as the rows' text is: one character a byte. */
const bytes = (text: string): string => Buffer.from(text).toString('latin1');
const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
