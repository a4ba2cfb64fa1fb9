import { createRequire } from 'node:module';
import fc from 'fast-check';
import './kafka-client.js';

type Headers = Record<string, string | string[]>;
interface Decoded {
  readonly key: Buffer;
  readonly headers: Record<string, Buffer | Buffer[]>;
}

const require = createRequire(import.meta.url);
const encode = require('kafkajs/src/protocol/recordBatch/record/v0/index.js') as (record: object) => { readonly buffer: Buffer };
const decode = require('kafkajs/src/protocol/recordBatch/record/v0/decoder.js') as (decoder: object, batch: object) => Decoded;
const Decoder = require('kafkajs/src/protocol/decoder.js') as new (buffer: Buffer) => { readVarInt(): number; readonly offset: number };

/** A message as kafkajs reads it back; `left` are the bytes that it has not read. */
function sent(headers: Headers) {
  const { buffer } = encode({ key: 'key', value: 'value', headers });
  const decoder = new Decoder(buffer);
  decoder.readVarInt();
  const { key, headers: read } = decode(decoder, { firstOffset: '0', firstTimestamp: '0' });
  const text = (value: Buffer | Buffer[]) => (Array.isArray(value) ? value.map(String) : value.toString());
  return { key: key.toString(), headers: Object.entries(read).map(([name, value]) => [name, text(value)]), left: buffer.length - decoder.offset };
}

describe('the headers of a message', () => {
  it('come back as they were sent, one with several values as these, whatever they are called', () => {
    const value = fc.oneof(fc.string(), fc.array(fc.string(), { minLength: 2, maxLength: 4 }));
    fc.assert(
      fc.property(
        fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'toString', 'constructor')), value, { maxKeys: 20 }),
        (headers) => {
          expect(sent(headers)).toEqual({ key: 'key', headers: Object.entries(headers), left: 0 });
        },
      ),
    );
  });

  it('are called what they are, whatever those of the message before were called', () => {
    const name = fc.oneof(fc.constantFrom('a', 'b', 'ab', 'é', 'è', '\u00e9\u00e9', 'aé'), fc.string({ maxLength: 3, unit: 'grapheme' }));
    fc.assert(
      fc.property(fc.array(fc.dictionary(name, fc.string(), { maxKeys: 40 }), { maxLength: 5 }), (messages) => {
        for (const headers of messages) expect(sent(headers)).toEqual({ key: 'key', headers: Object.entries(headers), left: 0 });
      }),
    );
  });

  it('are none where none were sent', () => {
    expect(sent({})).toEqual({ key: 'key', headers: [], left: 0 });
  });

  it('hold what is called like a member of every object', () => {
    const headers = Object.fromEntries([
      ['__proto__', 'a'],
      ['toString', 'b'],
    ]);
    expect(sent(headers).headers).toEqual([
      ['__proto__', 'a'],
      ['toString', 'b'],
    ]);
  });
});
