import { readFileSync } from 'node:fs';
import type { EventSchema } from '@kernel/schema-registry.js';
import type { z } from 'zod';
import { commandHeaders, eventHeaders } from './event-headers.js';
import { contexts, published, versionsOf, type JsonSchema } from './event-schemas.js';

/** One message of the document. What AsyncAPI has no word for is told in `x-` fields. */
export interface Message {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly contentType: string;
  readonly headers: JsonSchema;
  readonly payload: JsonSchema;
  readonly bindings: object;
  readonly 'x-stream'?: string;
  readonly 'x-version'?: number;
  readonly 'x-newest-version'?: number;
}
type Refs = Record<string, { $ref: string }>;

export interface EventsDocument {
  readonly asyncapi: '3.0.0';
  readonly info: object;
  readonly defaultContentType: string;
  readonly servers: object;
  readonly channels: Record<string, { address: string; description: string; messages: Refs; bindings: object }>;
  readonly operations: Record<string, object>;
  readonly components: { messages: Record<string, Message>; schemas: Record<string, JsonSchema> };
}

interface Topic {
  readonly address: string;
  readonly description: string;
  readonly messages: Record<string, Message>;
  readonly sent: string;
  readonly received: string;
}

/** The AsyncAPI 3 document of everything that crosses between contexts, from the contracts. */
export function eventsDocument(): EventsDocument {
  const topics = contexts.flatMap(({ name, events, commands }) => [
    eventsTopic(name, events),
    ...(Object.keys(commands).length > 0 ? [commandsTopic(name, commands)] : []),
  ]);
  const { version, license } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, string>;
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Nebulocart’s events',
      version: version!,
      description:
        'What the contexts tell each other over Kafka: CloudEvents 1.0 in binary mode. A reader ignores fields and headers that it does not know, and ' +
        'expects new values of an enumeration. A version of an event changes only so that its readers notice nothing; anything else is another version.',
      license: { name: license! },
    },
    defaultContentType: 'application/json',
    servers: {
      kafka: {
        host: '{brokers}',
        protocol: 'kafka',
        description: 'As KAFKA_BROKERS has it',
        variables: { brokers: { default: 'localhost:9092', description: 'Host and port of a broker' } },
      },
    },
    channels: Object.fromEntries(topics.map((topic) => [topic.address, channel(topic)])),
    operations: Object.fromEntries(topics.flatMap(operations)),
    components: {
      messages: Object.assign({}, ...topics.map(({ messages }) => messages)) as Record<string, Message>,
      schemas: { EventHeaders: eventHeaders, CommandHeaders: commandHeaders },
    },
  };
}

function eventsTopic(context: string, events: readonly EventSchema[]): Topic {
  return {
    address: `${context}.events`,
    description: `The log of ${context}: every event, in every version that was ever written, each stream in order.`,
    messages: Object.fromEntries(
      events.flatMap((event) =>
        versionsOf(event).map(({ version, schema }) => [`${event.type}.v${version}`, eventMessage(context, event, version, schema)]),
      ),
    ),
    sent: `The relay of ${context} publishes what was stored, byte for byte.`,
    received: 'Projectors, sagas and caches follow it.',
  };
}

function eventMessage(context: string, { type, version: newest, stream }: EventSchema, version: number, schema: z.ZodType): Message {
  if (!stream) throw new Error(`${type} does not say which stream it is in: name it beside its schema`);
  const own = { ce_type: type, ce_source: `nebulocart/${context}`, ce_dataversion: String(version) };
  return {
    ...message(type, `${type}, version ${version}`, schema, headersOf('EventHeaders', own)),
    bindings: kafkaKey(`The stream: \`${stream}\``),
    'x-stream': stream,
    'x-version': version,
    'x-newest-version': newest,
  };
}

function commandsTopic(context: string, commands: Readonly<Record<string, z.ZodType>>): Topic {
  return {
    address: `${context}.commands`,
    description: `What sagas ask of ${context}, each saga in order.`,
    messages: Object.fromEntries(
      Object.entries(commands).map(([name, schema]) => {
        const type = `${context}.${name}`;
        const headers = headersOf('CommandHeaders', { ce_type: type });
        return [type, { ...message(type, `${type}, a command`, schema, headers), bindings: kafkaKey('The id of the saga that asks') }];
      }),
    ),
    sent: 'The saga runner sends what its sagas ask for.',
    received: `${context} carries each out once, by its id.`,
  };
}

function message(name: string, title: string, schema: z.ZodType, headers: JsonSchema): Omit<Message, 'bindings'> {
  const { description, ...payload } = published(schema);
  if (!description) throw new Error(`${name} says nothing of what it means: describe its schema`);
  return { name, title, description, contentType: 'application/json', headers, payload };
}

/** The headers that all have, with those whose value is the message's own. */
const headersOf = (all: string, own: Record<string, string>): JsonSchema => ({
  allOf: [
    { $ref: `#/components/schemas/${all}` },
    { type: 'object', properties: Object.fromEntries(Object.entries(own).map(([name, value]) => [name, { type: 'string', const: value }])) },
  ],
});

const KAFKA_BINDING = '0.5.0';
const kafkaKey = (description: string): object => ({ kafka: { key: { type: 'string', description }, bindingVersion: KAFKA_BINDING } });

const channel = ({ address, description, messages }: Topic): EventsDocument['channels'][string] => ({
  address,
  description,
  messages: Object.fromEntries(Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }])),
  bindings: { kafka: { topic: address, bindingVersion: KAFKA_BINDING } },
});

function operations({ address, sent, received }: Topic): [string, object][] {
  const [context, kind] = address.split('.') as [string, string];
  const name = `${capital(context)}${capital(kind)}`;
  const of = { channel: { $ref: `#/channels/${address}` } };
  return [
    [`send${name}`, { action: 'send', ...of, summary: sent }],
    [`receive${name}`, { action: 'receive', ...of, summary: received }],
  ];
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
