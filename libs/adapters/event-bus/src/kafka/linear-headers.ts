import { createRequire } from 'node:module';

interface Header {
  readonly key: string;
  readonly value: Buffer | null;
}
type HeaderValue = Buffer | null | (Buffer | null)[];
type Reader = (decoder: Decoder) => Header;
interface Decoder {
  readVarInt(): number;
  /** kafkajs 2.2.4 reads headers with it, and nothing else, and does nothing with what it gives but `reduce` it. */
  readVarIntArray(reader: Reader): { reduce(): Record<string, HeaderValue> };
}

const require = createRequire(import.meta.url);
const { prototype } = require('kafkajs/src/protocol/decoder.js') as { prototype: Decoder };

/**
 * kafkajs 2.2.4 folds the headers of a message with `{ ...headers, [key]: value }`, which copies all that it has for each further one: with nineteen of them,
 * half of what reading a message takes. These are put where they belong once. They have no prototype, so that a header called `__proto__` is one like any other.
 */
prototype.readVarIntArray = function (this: Decoder, reader: Reader) {
  const headers = Object.create(null) as Record<string, HeaderValue>;
  for (let left = this.readVarInt(); left > 0; left -= 1) {
    const { key, value } = reader(this);
    const before = headers[key];
    if (before === undefined) headers[key] = value;
    else if (Array.isArray(before)) before.push(value);
    else headers[key] = [before, value];
  }
  return { reduce: () => headers };
};
