import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { toCommandMessage } from '@adapters/event-bus/src/kafka/command-message.js';
import { toMessage } from '@adapters/event-bus/src/kafka/message.js';
import type { LoggedEvent } from '@kernel/event.js';
import type { TravellingCommand } from '@kernel/ports/command-transport.js';
import { TEST_KEYS } from '@testing/topic-keys.js';
import { z } from 'zod';
import { published, versionsOf, type JsonSchema } from '../support/event-schemas.js';
import { eventsDocument, type EventsDocument } from '../support/events-document.js';

const FILE = 'docs/api/events.asyncapi.json';
const STORED = join('test', 'fixtures', 'events');

const stored = readdirSync(STORED).map((file) => ({
  name: file.replace(/\.json$/, ''),
  data: JSON.parse(readFileSync(join(STORED, file), 'utf8')) as Record<string, unknown>,
}));

const event: LoggedEvent = {
  id: '01992d51-0b1e-7c44-8a21-4a6f9d2e7b10',
  type: 'ordering.OrderConfirmed',
  version: 1,
  stream: 'order-1',
  streamVersion: 2,
  occurredAt: '2026-11-21T10:00:00.000Z',
  recordedAt: '2026-11-21T10:00:00.001Z',
  sequencedAt: '2026-11-21T10:00:00.002Z',
  position: 7,
  actor: '01992d4e-7c1a-7f3b-9a55-2f0d6b1c8e01',
  correlationId: 'c',
  causationId: 'a',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  data: '{"orderId":"1"}',
  digest: '9e107d9d372bb6826bd81d3542a419d6',
};

const command: TravellingCommand = {
  id: 'saga-fulfilment-1/2.1',
  source: 'ordering',
  saga: 'fulfilment',
  sagaId: '1',
  target: 'catalog',
  name: 'ShipStock',
  data: '{}',
  actor: event.actor,
  correlationId: event.id,
  causationId: event.id,
  traceparent: event.traceparent,
};

/** Every schema in one, by the way there. */
function* within(schema: JsonSchema, path: string): Generator<[string, JsonSchema]> {
  yield [path, schema];
  for (const [name, property] of Object.entries(schema.properties ?? {})) yield* within(property as JsonSchema, `${path}.${name}`);
  if (schema.items) yield* within(schema.items as JsonSchema, `${path}[]`);
  for (const each of schema.anyOf ?? []) yield* within(each as JsonSchema, path);
}

describe('the document of the events', () => {
  let document: EventsDocument;
  beforeAll(() => {
    document = JSON.parse(JSON.stringify(eventsDocument())) as EventsDocument;
  });
  const validator = () => {
    const ajv = new Ajv({ strict: false, allErrors: true });
    formats.default(ajv);
    return ajv;
  };

  it('is what the contracts say: npm run events writes it', () => {
    if (process.env['WRITE_EVENTS']) {
      mkdirSync('docs/api', { recursive: true });
      writeFileSync(FILE, `${JSON.stringify(document, null, 2)}\n`);
    }
    expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(document);
  });

  it('has every version of every event that ever was, and no other', () => {
    const events = Object.entries(document.components.messages).filter(([, message]) => message['x-version'] !== undefined);
    expect(events.map(([name]) => name).toSorted()).toEqual(stored.map(({ name }) => name).toSorted());
  });

  it.each(stored)('fits $name as it was stored, and knows all of its fields', ({ name, data }) => {
    const { payload } = document.components.messages[name]!;
    const validate = validator().compile(payload);
    validate(data);
    expect(validate.errors).toBeNull();
    expect(Object.keys(payload.properties ?? {})).toEqual(expect.arrayContaining(Object.keys(data)));
  });

  it('refuses an event that lacks what is required, or has it in another type', () => {
    const [{ payload }, { data }] = [
      document.components.messages['ordering.OrderPlaced.v2']!,
      stored.find((each) => each.name === 'ordering.OrderPlaced.v2')!,
    ];
    const validate = validator().compile(payload);
    expect(validate({ ...data, country: undefined })).toBe(false);
    expect(validate({ ...data, units: '3' })).toBe(false);
    expect(validate({ ...data, total: '1.23456' })).toBe(false);
  });

  it.each([
    ['EventHeaders', 'relay', (bare: object) => toMessage('ordering', { event: { ...event, ...bare }, previous: 0 }, 0, TEST_KEYS)],
    ['CommandHeaders', 'saga runner', (bare: object) => toCommandMessage({ ...command, ...bare }, TEST_KEYS)],
  ] as const)('has the %s that the %s sends, and no other', (name, _, send) => {
    const headers = document.components.schemas[name]!;
    const validate = validator().compile(headers);
    const [most, fewest] = [{}, { actor: null, causationId: null, traceparent: null }].map((bare) => send(bare).headers!);
    for (const sent of [most, fewest]) {
      validate(sent);
      expect(validate.errors).toBeNull();
    }
    expect(Object.keys(most!).toSorted()).toEqual(Object.keys(headers.properties!).toSorted());
    expect(Object.keys(fewest!).toSorted()).toEqual(headers.required!.toSorted());
  });

  it('names each event’s stream by what it must carry', () => {
    const unknown = Object.entries(document.components.messages).flatMap(([name, { payload, 'x-stream': stream = '' }]) =>
      [...stream.matchAll(/\{(\w+)\}/g)].filter(([, field]) => !payload.required?.includes(field!)).map(([field]) => `${name}: ${field}`),
    );
    expect(unknown).toEqual([]);
  });

  it('describes every message, every field and every header', () => {
    const messages = Object.entries(document.components.messages);
    expect(messages.filter(([, { description }]) => !description.endsWith('.')).map(([name]) => name)).toEqual([]);
    const schemas = [...messages.map(([name, { payload }]) => [name, payload] as const), ...Object.entries(document.components.schemas)];
    const fields = schemas
      .flatMap(([name, schema]) => [...within(schema, name)])
      .flatMap(([path, { properties = {} }]) =>
        Object.entries(properties).map(([field, schema]) => ({ path: `${path}.${field}`, described: isDescribed(schema as JsonSchema) })),
      );
    expect(fields.length).toBeGreaterThan(200);
    expect(fields.filter(({ described }) => !described).map(({ path }) => path)).toEqual([]);
  });

  it('marks as sealed what is personal: names and addresses stand in no other form', () => {
    const sealed = Object.entries(document.components.messages).flatMap(([name, { payload }]) =>
      [...within(payload, name)].filter(([, schema]) => schema['x-personal-data'] === 'sealed').map(([path]) => path),
    );
    expect(sealed.toSorted()).toEqual([
      'identity.EmailChanged.v1.email',
      'identity.UserRegistered.v1.email',
      'identity.UserRegistered.v1.name',
      'identity.UserRenamed.v1.name',
    ]);
  });

  it('does not publish a rule that JSON Schema cannot say', () => {
    const refined = [z.number().refine((value) => value % 2 === 0), z.number().superRefine(() => {})];
    for (const even of refined) expect(() => published(z.object({ even }))).toThrow('properties/even: a rule of its own code cannot be published');
    expect(() => published(z.object({ at: z.date() }))).toThrow('Date cannot be represented');
  });

  it('does not let an older version go without its schema', () => {
    const schema = z.object({});
    expect(() => versionsOf({ type: 'a.B', version: 2, schema, upcasters: { 1: (data) => data } })).toThrow('a.B has no schema of version 1');
  });
});

const isDescribed = ({ description, anyOf = [] }: JsonSchema): boolean =>
  [description, ...anyOf.map((each) => (each as JsonSchema).description)].some((text) => text !== undefined && text.length > 0);
