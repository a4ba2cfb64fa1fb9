import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { Failure } from '../client/failure.js';
import type { TableManifest } from './manifest.js';

/** Writes what Postgres gives, compressed and on the disk when it resolves. */
export async function writePart(rows: Readable, file: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  await pipeline(rows, createGzip(), counted, createWriteStream(file, { mode: 0o600, flush: true }));
  return { bytes, sha256: hash.digest('hex') };
}

/** @throws Failure unless the part is what it was when it was written */
export async function checkPart(folder: string, { file, bytes, sha256 }: TableManifest): Promise<void> {
  const path = join(folder, file);
  const size = await stat(path).then(
    (found) => found.size,
    () => undefined,
  );
  const wrong = (what: string) => new Failure(`${path} ${what}: fetch this backup again, or take the one before it. Nothing was restored.`);
  if (size === undefined) throw wrong('is missing');
  if (size !== bytes) throw wrong(`has ${size} bytes and had ${bytes}`);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  if (hash.digest('hex') !== sha256) throw wrong('is damaged: its checksum is another');
}

/** The rows as Postgres gave them. */
export const openPart = (folder: string, { file }: TableManifest): Readable[] => [
  createReadStream(join(folder, file)),
  createGunzip() as unknown as Readable,
];
