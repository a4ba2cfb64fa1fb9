import { createRequire } from 'node:module';

type HeaderValue = Buffer | null | (Buffer | null)[];
interface Decoder {
  readonly buffer: Buffer;
  offset: number;
  readVarInt(): number;
  readVarIntBytes(): Buffer | null;
  /** kafkajs 2.2.4 reads headers with it, and nothing else, and does nothing with what it gives but `reduce` it. */
  readVarIntArray(): { reduce(): Record<string, HeaderValue> };
}

const require = createRequire(import.meta.url);
const { prototype } = require('kafkajs/src/protocol/decoder.js') as { prototype: Decoder };

/**
 * kafkajs 2.2.4 folds the headers of a message with `{ ...headers, [key]: value }`, which copies all that it has for each further one: with nineteen of them,
 * half of what reading a message takes. These are put where they belong once. They have no prototype, so that a header called `__proto__` is one like any other.
 */
prototype.readVarIntArray = function (this: Decoder) {
  const headers = Object.create(null) as Record<string, HeaderValue>;
  const count = this.readVarInt();
  for (let index = 0; index < count; index += 1) {
    const key = keyOf(this, index);
    const value = this.readVarIntBytes();
    const before = headers[key];
    if (before === undefined) headers[key] = value;
    else if (Array.isArray(before)) before.push(value);
    else headers[key] = [before, value];
  }
  return { reduce: () => headers };
};

const MOST_NAMES = 32;
/** What the last messages called their headers, in order: the next calls them alike, and a name that is known need not be made. */
const names: string[] = [];

function keyOf(decoder: Decoder, index: number): string {
  const length = decoder.readVarInt();
  const start = decoder.offset;
  decoder.offset += length;
  const known = names[index];
  if (known !== undefined && isWritten(known, decoder.buffer, start, length)) return known;
  const name = decoder.buffer.toString('utf8', start, start + length);
  // Of ASCII alone, so that its characters are its bytes.
  if (index < MOST_NAMES && name.length === length) names[index] = name;
  return name;
}

/** Whether these bytes are that name. */
function isWritten(name: string, bytes: Buffer, start: number, length: number): boolean {
  if (name.length !== length) return false;
  for (let at = 0; at < length; at += 1) if (bytes[start + at] !== name.charCodeAt(at)) return false;
  return true;
}
