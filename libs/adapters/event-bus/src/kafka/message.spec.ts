import fc from 'fast-check';
import type { IHeaders } from 'kafkajs';
import type { LoggedEvent } from '@kernel/event.js';
import { MemoryLogs } from '@testing/memory-log.js';
import { TEST_KEYS } from '@testing/topic-keys.js';
import { partitionOf } from '../partition.js';
import { fromMessage, NotAnEvent, toMessage } from './message.js';
import { TopicKeys } from './topic-keys.js';

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const PARTITIONS = 8;

const logged = (stream: string, data: unknown, traceparent?: string): LoggedEvent =>
  new MemoryLogs('ordering').log('ordering').append({ type: 'ordering.OrderPlaced', stream, data, ...(traceparent && { traceparent }) })[0]!;

interface Sent {
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: IHeaders;
}

/** A message as a broker gives it back. */
function sent(event: LoggedEvent, previous = 0): Sent {
  const partition = partitionOf(event.stream, PARTITIONS);
  const { key, value, headers = {} } = toMessage('ordering', { event, previous }, partition, TEST_KEYS);
  const bytes = Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text as string)]));
  return { partition, key: Buffer.from(key as string), value: Buffer.from(value as string), headers: bytes };
}

const read = ({ partition, ...message }: Sent, keys = TEST_KEYS) => fromMessage('ordering', { partition, partitions: PARTITIONS }, message, keys);

describe('a message of an event', () => {
  it('comes back as the event that it was, byte for byte', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), fc.jsonValue(), fc.boolean(), fc.nat(), (stream, data, traced, before) => {
        const event = { ...logged(stream, data, traced ? TRACE : undefined), position: before + 1 };
        expect(read(sent(event, before))).toEqual({ event, previous: before });
      }),
    );
  });

  it('is a CloudEvent in binary mode, keyed by its stream', () => {
    const event = logged('order-1', { total: '1.10' }, TRACE);
    const message = toMessage('ordering', { event, previous: 0 }, 5, TEST_KEYS);
    expect(message).toEqual({
      key: 'order-1',
      partition: 5,
      value: '{"total":"1.10"}',
      timestamp: String(Date.parse(event.sequencedAt)),
      headers: {
        ce_specversion: '1.0',
        ce_id: event.id,
        ce_source: 'nebulocart/ordering',
        ce_type: 'ordering.OrderPlaced',
        ce_subject: 'order-1',
        ce_time: event.occurredAt,
        'content-type': 'application/json',
        ce_position: '1',
        ce_previous: '0',
        ce_dataversion: '1',
        ce_streamversion: '1',
        ce_recordedat: event.recordedAt,
        ce_sequencedat: event.sequencedAt,
        ce_correlationid: event.correlationId,
        ce_digest: event.digest,
        ce_signature: expect.stringMatching(/^[\w-]{43}$/) as string,
        traceparent: TRACE,
      },
    });
    for (const name of Object.keys(message.headers!)) expect(name).toMatch(/^(ce_[a-z0-9]{1,20}|content-type|traceparent)$/);
  });

  const event = logged('order-1', { total: '1.10' });
  const withHeader = (name: string, value: string | Buffer[] | undefined): Sent => {
    const message = sent(event);
    return { ...message, headers: { ...message.headers, [name]: typeof value === 'string' ? Buffer.from(value) : value } };
  };

  it.each<[string, Sent]>([
    ['ce_specversion is not 1.0', withHeader('ce_specversion', '0.3')],
    ['ce_specversion is missing', { ...sent(event), headers: {} }],
    ['ce_source is not nebulocart/ordering', withHeader('ce_source', 'nebulocart/catalog')],
    ['ce_position is missing', withHeader('ce_position', undefined)],
    ['ce_position is not a whole number', withHeader('ce_position', '-1')],
    ['ce_position is not a whole number', withHeader('ce_position', '99999999999999999999')],
    ['ce_previous is not a whole number', withHeader('ce_previous', '1e3')],
    ['ce_position is not after ce_previous', withHeader('ce_previous', '1')],
    ['ce_time is not an instant', withHeader('ce_time', 'yesterday')],
    ['ce_time is not an instant', withHeader('ce_time', '2010-12-01T08:26:00+01:00')],
    ['ce_id is there more than once', withHeader('ce_id', [Buffer.from('a'), Buffer.from('b')])],
    ['ce_digest is not that of its content', withHeader('ce_actor', 'somebody')],
    ['ce_digest is not that of its content', { ...sent(event), value: Buffer.from('{"total":"1.11"}') }],
    ['ce_signature is missing', withHeader('ce_signature', undefined)],
    ['ce_signature is not that of a relay', withHeader('ce_signature', 'x'.repeat(43))],
    ['ce_signature is not that of a relay', withHeader('ce_signature', 'short')],
    ['ce_signature is not that of a relay', withHeader('ce_position', '9007199254740991')],
    ['ce_signature is not that of a relay', withHeader('ce_sequencedat', '2010-12-01T08:26:00.000Z')],
    ['it has no value', { ...sent(event), value: null }],
    ['its key is not ce_subject', { ...sent(event), key: Buffer.from('order-2') }],
    ['its key is not ce_subject', { ...sent(event), key: null }],
    ['its stream belongs to another partition', { ...sent(event), partition: (sent(event).partition + 1) % PARTITIONS }],
  ])('is none where %s', (reason, message) => {
    expect(() => read(message)).toThrow(NotAnEvent);
    expect(() => read(message)).toThrow(reason);
  });

  it('is none where a real one follows another than it did', () => {
    const message = sent({ ...event, position: 7 }, 3);
    expect(() => read({ ...message, headers: { ...message.headers, ce_previous: Buffer.from('2') } })).toThrow('ce_signature is not');
  });

  it('is believed of whoever has one of two secrets while they are exchanged, and of nobody else', () => {
    const [old, new_] = ['the secret that there was', 'the secret that there is now'];
    const keys = (secret: string, previousSecret?: string) => new TopicKeys({ secret, previousSecret });
    const by = (signer: TopicKeys): Sent => {
      const { partition } = sent(event);
      const { headers = {} } = toMessage('ordering', { event, previous: 0 }, partition, signer);
      return withHeader('ce_signature', headers['ce_signature'] as string);
    };
    expect(read(by(keys(old)), keys(new_, old)).event).toEqual(event);
    expect(read(by(keys(new_, old)), keys(new_)).event).toEqual(event);
    expect(() => read(by(keys(old)), keys(new_))).toThrow('ce_signature is not');
    expect(() => read(by(TEST_KEYS), keys(new_, old))).toThrow('ce_signature is not');
  });

  it('holds instants as toISOString writes them, on every day that there is and none that there is not', () => {
    const two = (most: number) => fc.integer({ min: 0, max: most }).map((number) => String(number).padStart(2, '0'));
    const years = fc.constantFrom('0000', '1900', '2011', '2012', '9999');
    fc.assert(
      fc.property(
        years,
        two(14),
        two(33),
        two(25),
        two(61),
        two(61),
        fc.constantFrom('Z', '', '+00:00'),
        (year, month, day, hour, minute, second, zone) => {
          const text = `${year}-${month}-${day}T${hour}:${minute}:${second}.123${zone}`;
          const ms = Date.parse(text);
          const isWritten = !Number.isNaN(ms) && new Date(ms).toISOString() === text;
          // Another instant than it had is told by the digest, and only then.
          expect(() => read(withHeader('ce_time', text))).toThrow(isWritten ? 'ce_digest is not' : 'ce_time is not an instant');
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('is none whatever its headers hold', () => {
    const names = Object.keys(sent(event).headers!);
    fc.assert(
      fc.property(fc.constantFrom(...names.filter((name) => name !== 'content-type')), fc.string(), (name, value) => {
        fc.pre(value !== sent(event).headers![name]!.toString() && name !== 'ce_signature');
        expect(() => read(withHeader(name, value))).toThrow(NotAnEvent);
      }),
    );
  });
});
