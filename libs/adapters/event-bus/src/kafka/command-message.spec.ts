import { commandOf } from '@testing/kafka-commands.js';
import { TEST_KEYS } from '@testing/topic-keys.js';
import { fromCommandMessage, readableHeaders, toCommandMessage } from './command-message.js';

const command = commandOf('catalog', 'e-1', 1);
const message = () => {
  const { key, headers, value } = toCommandMessage(command, TEST_KEYS);
  return {
    key: Buffer.from(key as string) as Buffer | null,
    headers: { ...headers } as Record<string, string | Buffer | string[]>,
    value: Buffer.from(value as string) as Buffer | null,
  };
};

describe('a command as its topic holds it', () => {
  it('is a CloudEvent in binary mode, keyed by its saga', () =>
    expect(toCommandMessage(command, TEST_KEYS)).toEqual({
      key: 'e-1',
      value: '{"n":1}',
      headers: {
        ce_specversion: '1.0',
        ce_id: 'saga-errand-e-1/1.1',
        ce_source: 'nebulocart/ordering',
        ce_type: 'catalog.RaiseTally',
        ce_subject: 'errand-e-1',
        'content-type': 'application/json',
        ce_saga: 'errand',
        ce_sagaid: 'e-1',
        ce_correlationid: command.correlationId,
        ce_signature: expect.stringMatching(/^[\w-]{43}$/) as string,
        ce_causationid: command.causationId,
        traceparent: command.traceparent,
      },
    }));

  it.each([{}, { actor: 'u-1', causationId: null, traceparent: null }])('is read as it was sent: %j', (more) => {
    const sent = { ...command, ...more };
    const { key, headers, value } = toCommandMessage(sent, TEST_KEYS);
    const asBytes = Object.fromEntries(Object.entries(headers!).map(([name, text]) => [name, Buffer.from(text as string)]));
    const received = { key: Buffer.from(key as string), headers: asBytes, value: Buffer.from(value as string) };
    expect(fromCommandMessage('catalog', received, TEST_KEYS)).toEqual(sent);
  });

  it.each<[string, (of: ReturnType<typeof message>) => void]>([
    ['its key is not ce_sagaid', (of) => (of.key = Buffer.from('e-2'))],
    ['its key is not ce_sagaid', (of) => (of.key = null)],
    ['ce_specversion is missing', ({ headers }) => delete headers['ce_specversion']],
    ['ce_specversion is not 1.0', ({ headers }) => (headers['ce_specversion'] = '0.3')],
    ['ce_id is missing', ({ headers }) => (headers['ce_id'] = '')],
    ['ce_id is there more than once', ({ headers }) => (headers['ce_id'] = ['a', 'b'])],
    ['ce_id is longer than 255 characters, or holds NUL', ({ headers }) => (headers['ce_id'] = 'x'.repeat(256))],
    ['ce_sagaid is longer than 255 characters, or holds NUL', ({ headers }) => (headers['ce_sagaid'] = 'a\0b')],
    ['ce_actor is not UTF-8', ({ headers }) => (headers['ce_actor'] = Buffer.from([0xff]))],
    ['ce_source does not begin with nebulocart/', ({ headers }) => (headers['ce_source'] = 'elsewhere/ordering')],
    ['ce_type is no command of catalog', ({ headers }) => (headers['ce_type'] = 'ordering.RaiseTally')],
    ['ce_type is no command of catalog', ({ headers }) => (headers['ce_type'] = 'catalog.')],
    ['ce_correlationid is not a UUID', ({ headers }) => (headers['ce_correlationid'] = 'mine')],
    ['ce_causationid is not a UUID', ({ headers }) => (headers['ce_causationid'] = 'mine')],
    ['ce_signature is missing', ({ headers }) => delete headers['ce_signature']],
    ['ce_signature is not that of a sender', ({ headers }) => (headers['ce_signature'] = 'x'.repeat(43))],
    ...['ce_id', 'ce_saga', 'ce_sagaid', 'ce_actor', 'traceparent'].map((name): [string, (of: ReturnType<typeof message>) => void] => [
      'ce_signature is not that of a sender',
      ({ headers }) => (headers[name] = 'another'),
    ]),
    ['ce_signature is not that of a sender', ({ headers }) => (headers['ce_source'] = 'nebulocart/identity')],
    ['ce_signature is not that of a sender', ({ headers }) => (headers['ce_type'] = 'catalog.LowerTally')],
    ['ce_signature is not that of a sender', ({ headers }) => (headers['ce_causationid'] = command.correlationId)],
    ['ce_signature is not that of a sender', ({ headers }) => delete headers['traceparent']],
    ['ce_signature is not that of a sender', (of) => (of.value = Buffer.from('{"n":2}'))],
    ['it has no value', (of) => (of.value = null)],
    ['its value is not JSON in UTF-8', (of) => (of.value = Buffer.from('{'))],
    ['its value is not JSON in UTF-8', (of) => (of.value = Buffer.from([0x22, 0xff, 0x22]))],
  ])('is none where %s', (reason, spoil) => {
    const spoiled = message();
    spoil(spoiled);
    expect(() => fromCommandMessage('catalog', spoiled, TEST_KEYS)).toThrow(reason);
  });

  it('shows its headers whatever they are', () =>
    expect(readableHeaders({ a: Buffer.from('1'), b: ['2', '3'], c: undefined })).toEqual({ a: '1', b: '2, 3', c: '' }));
});
