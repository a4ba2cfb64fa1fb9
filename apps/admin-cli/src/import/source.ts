import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { RecordReader, type BrokenRecord, type RawRecord } from './records.js';
import { UnusableFile } from './rows.js';

/** The compressed file ends before its end. What came before it was read whole; the last invoice may lack rows. */
export class CutOff extends Error {
  override readonly name = 'CutOff';
}

/** The text of a plain or gzip-compressed file (told apart by content, not by name) in pieces, bytes as latin1. */
async function* pieces(path: string): AsyncGenerator<string> {
  const start = await firstBytes(path);
  if (start.length === 0) throw new UnusableFile('the file is empty');
  const file = createReadStream(path, { highWaterMark: 256 * 1024 });
  if (start[0] !== 0x1f || start[1] !== 0x8b) {
    yield* latin1(file);
    return;
  }
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  file.on('error', (error) => gunzip.destroy(error));
  file.pipe(gunzip);
  try {
    yield* latin1(gunzip);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // A wrong checksum does not say which rows are wrong, so none can be trusted. A cut leaves all before it as it was.
    if (code === 'Z_DATA_ERROR') throw new UnusableFile(`the compressed file is damaged (${message}); fetch it again`);
    if (code !== 'Z_BUF_ERROR') throw error;
    // An iterator drops what the stream still holds when it fails; the rows in there are good.
    for (let chunk: Buffer | null; (chunk = gunzip.read() as Buffer | null) !== null;) yield chunk.toString('latin1');
    throw new CutOff('the compressed file is cut off before its end; fetch it again and import it again, nothing will be doubled');
  } finally {
    file.destroy();
    gunzip.destroy();
  }
}

async function* latin1(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  for await (const chunk of stream) yield chunk.toString('latin1');
}

async function firstBytes(path: string): Promise<Buffer> {
  try {
    const handle = await open(path);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(3), 0, 3, 0);
      const start = buffer.subarray(0, bytesRead);
      const mark = start.toString('hex').slice(0, 4);
      if (mark === 'fffe' || mark === 'feff') throw new UnusableFile('the file is UTF-16; save it as UTF-8');
      return start;
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new UnusableFile(`there is no file ${path}`);
    if (code === 'EISDIR') throw new UnusableFile(`${path} is a folder`);
    if (code === 'EACCES') throw new UnusableFile(`${path} may not be read by this user`);
    throw error;
  }
}

const BYTE_ORDER_MARK = '\xef\xbb\xbf';

/**
 * The file's records in groups as they are read, the column names first.
 * @throws UnusableFile when there is nothing to read; CutOff, after the last whole record, when a compressed file ends early
 */
export async function* readRecords(path: string): AsyncGenerator<(RawRecord | BrokenRecord)[]> {
  const reader = new RecordReader();
  let first = true;
  const push = (piece: string): (RawRecord | BrokenRecord)[] => {
    const text = first && piece.startsWith(BYTE_ORDER_MARK) ? piece.slice(BYTE_ORDER_MARK.length) : piece;
    first = false;
    try {
      return reader.push(text);
    } catch (error) {
      throw error instanceof RangeError ? new UnusableFile(`not a CSV file: ${error.message}`) : error;
    }
  };
  try {
    for await (const piece of pieces(path)) yield push(piece);
  } catch (error) {
    if (error instanceof CutOff) yield reader.end(true);
    throw error;
  }
  yield reader.end();
}
