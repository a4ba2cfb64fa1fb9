import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { ClickHouseException } from './exceptions.js';

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/**
 * A request's body as text, decompressed as it arrives. The rows of an INSERT are gathered: the engine makes one block of what it is
 * given at once, and a block is what a deduplication token names.
 * @throws ClickHouseException for one that is larger than `maxBytes`, or not what its headers say
 */
export async function requestBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of decoded(request) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) throw ClickHouseException.of('QUERY_IS_TOO_LARGE', `The body is larger than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof ClickHouseException) throw error;
    throw ClickHouseException.of('BAD_ARGUMENTS', `The body cannot be read: ${(error as Error).message}`);
  }
  return Buffer.concat(chunks, size).toString('utf8');
}

function decoded(request: IncomingMessage): Readable {
  const encoding = request.headers['content-encoding'];
  if (!encoding || encoding === 'identity') return request;
  const decoder = DECODERS[encoding]?.();
  if (!decoder) throw ClickHouseException.of('NOT_IMPLEMENTED', `a body in the encoding ${encoding} is not taken here`);
  // What fails is read from the decoder.
  return pipeline(request, decoder, () => undefined);
}

/** The fields of a form: a long parameter comes in the body. Undefined where the body is no form. */
export async function formFields(request: IncomingMessage, body: string): Promise<URLSearchParams | undefined> {
  const type = request.headers['content-type'];
  if (!type?.startsWith('multipart/form-data')) return undefined;
  const form = await new Response(body, { headers: { 'content-type': type } }).formData().catch(() => {
    throw ClickHouseException.of('BAD_ARGUMENTS', 'The form cannot be read');
  });
  const fields = new URLSearchParams();
  for (const [name, value] of form) if (typeof value === 'string') fields.append(name, value);
  return fields;
}
