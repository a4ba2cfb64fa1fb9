import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createGzip } from 'node:zlib';
import type { Answer, Counts } from './engine.js';
import { ClickHouseException } from './exceptions.js';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  JSON: 'application/json; charset=UTF-8',
  JSONEachRow: 'application/x-ndjson; charset=UTF-8',
  CSV: 'text/csv; charset=UTF-8; header=absent',
  TabSeparated: 'text/tab-separated-values; charset=UTF-8',
};

const summaryOf = ({ rows, bytes, seconds }: Counts): string =>
  JSON.stringify({
    read_rows: String(rows),
    read_bytes: String(bytes),
    written_rows: '0',
    written_bytes: '0',
    total_rows_to_read: '0',
    result_rows: String(rows),
    result_bytes: String(bytes),
    elapsed_ns: String(Math.round(seconds * 1e9)),
  });

export interface Sending {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly format: string;
  readonly compress: boolean;
  /** What an INSERT wrote is not told: the engine does not count it. */
  readonly writes: boolean;
}

/** Sends an answer as its parts come; a client that reads slowly slows down the engine, and one that left ends the statement. */
export async function send(answer: Answer, { request, response, format, compress, writes }: Sending): Promise<void> {
  const tag = randomBytes(8).toString('hex');
  response.setHeader('Content-Type', CONTENT_TYPES[format] ?? 'text/plain; charset=UTF-8');
  response.setHeader('X-ClickHouse-Format', format);
  response.setHeader('X-ClickHouse-Timezone', 'UTC');
  response.setHeader('X-ClickHouse-Exception-Tag', tag);
  if (answer.counts && !writes) response.setHeader('X-ClickHouse-Summary', summaryOf(answer.counts));
  const gzips = compress && /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  if (gzips) response.setHeader('Content-Encoding', 'gzip');
  const out = gzips ? createGzip({ level: 1 }) : response;
  if (gzips) (out as ReturnType<typeof createGzip>).pipe(response);
  const gone = once(response, 'close');
  const write = async (chunk: Uint8Array): Promise<void> => {
    if (chunk.length > 0 && !out.write(chunk)) await Promise.race([once(out, 'drain'), gone]);
  };
  try {
    await write(answer.first);
    for await (const chunk of answer.rest) {
      if (response.destroyed) return;
      await write(chunk);
    }
  } catch (error) {
    // The status has gone out: a client knows the end of such an answer by the tag.
    await write(lateError(ClickHouseException.from(error), tag));
  }
  out.end();
  await gone;
}

function lateError({ text }: ClickHouseException, tag: string): Buffer {
  const length = Buffer.byteLength(text) + 1;
  return Buffer.from(`\r\n__exception__\r\n${tag}\r\n${text}\n${length} ${tag}\r\n__exception__\r\n`);
}

/** Sends an error that came before the answer's first byte. */
export function sendException(exception: ClickHouseException, response: ServerResponse): void {
  response.statusCode = exception.status;
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  response.setHeader('X-ClickHouse-Exception-Code', String(exception.code));
  if (exception.status === 401) response.setHeader('WWW-Authenticate', 'Basic realm="ClickHouse server HTTP API"');
  response.end(`${exception.text}\n`);
}
