import type { IHeaders, KafkaMessage, Message } from 'kafkajs';
import type { TravellingCommand } from '@kernel/ports/command-transport.js';
import type { TopicKeys } from './topic-keys.js';

const SOURCE = 'nebulocart/';
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Longest name or id: what is longer has no place in an index. */
const LONGEST = 255;

/** A message on a topic of commands that is none for this context. */
class NotACommand extends Error {
  override readonly name = 'NotACommand';
}

/** A command as its topic holds it: CloudEvents 1.0 in binary mode, as events are. One saga's commands follow each other in one partition. */
export const toCommandMessage = (command: TravellingCommand, keys: TopicKeys): Message => ({
  key: command.sagaId,
  value: command.data,
  headers: {
    ce_specversion: '1.0',
    ce_id: command.id,
    ce_source: `${SOURCE}${command.source}`,
    ce_type: `${command.target}.${command.name}`,
    ce_subject: `${command.saga}-${command.sagaId}`,
    'content-type': 'application/json',
    ce_saga: command.saga,
    ce_sagaid: command.sagaId,
    ce_correlationid: command.correlationId,
    ce_signature: keys.sign('commands', signedOf(command)),
    ...(command.actor !== null && { ce_actor: command.actor }),
    ...(command.causationId !== null && { ce_causationid: command.causationId }),
    ...(command.traceparent !== null && { traceparent: command.traceparent }),
  },
});

/** @throws Error that says what keeps a message from being a command for the context */
export function fromCommandMessage(
  context: string,
  { key, value, headers = {} }: Pick<KafkaMessage, 'key' | 'value' | 'headers'>,
  keys: TopicKeys,
): TravellingCommand {
  const { optional, text } = reader(headers);
  if (text('ce_specversion') !== '1.0') throw new NotACommand('ce_specversion is not 1.0');
  const [source, type] = [text('ce_source'), text('ce_type')];
  if (!source.startsWith(SOURCE)) throw new NotACommand(`ce_source does not begin with ${SOURCE}`);
  if (!type.startsWith(`${context}.`) || type.length === context.length + 1) throw new NotACommand(`ce_type is no command of ${context}`);
  const command = {
    id: text('ce_id'),
    source: source.slice(SOURCE.length),
    saga: text('ce_saga'),
    sagaId: text('ce_sagaid'),
    target: context,
    name: type.slice(context.length + 1),
    data: json(value),
    actor: optional('ce_actor'),
    correlationId: uuid('ce_correlationid', text('ce_correlationid')),
    causationId: uuid('ce_causationid', optional('ce_causationid')),
    traceparent: optional('traceparent'),
  };
  if (!keys.isSigned('commands', signedOf(command), text('ce_signature')))
    throw new NotACommand('ce_signature is not that of a sender which has our RPC_SECRET');
  // Under another key it would be in another partition, before or behind those that its saga sent.
  if (key?.toString('utf8') !== command.sagaId) throw new NotACommand('its key is not ce_sagaid');
  return command;
}

/** All of it. A list in JSON, so that no text can pass for the end of one field and the beginning of the next. */
function signedOf({ id, source, saga, sagaId, target, name, actor, correlationId, causationId, traceparent, data }: TravellingCommand): string {
  return JSON.stringify([id, source, saga, sagaId, target, name, actor, correlationId, causationId, traceparent, data]);
}

/** Headers as people may read them, whatever is in them. */
export const readableHeaders = (headers: IHeaders = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().map(String).join(', ')]));

function json(value: Buffer | null): string {
  if (value === null) throw new NotACommand('it has no value');
  try {
    const text = decoded(value);
    JSON.parse(text);
    return text;
  } catch {
    throw new NotACommand('its value is not JSON in UTF-8');
  }
}

function reader(headers: IHeaders) {
  const optional = (name: string): string | null => {
    const header = headers[name];
    if (header === undefined) return null;
    if (Array.isArray(header)) throw new NotACommand(`${name} is there more than once`);
    const text = utf8(name, header);
    if (text.length > LONGEST || text.includes('\0')) throw new NotACommand(`${name} is longer than ${LONGEST} characters, or holds NUL`);
    return text;
  };
  const text = (name: string): string => {
    const found = optional(name);
    if (found === null || found === '') throw new NotACommand(`${name} is missing`);
    return found;
  };
  return { optional, text };
}

function utf8(name: string, header: string | Buffer): string {
  try {
    return typeof header === 'string' ? header : decoded(header);
  } catch {
    throw new NotACommand(`${name} is not UTF-8`);
  }
}

const decoded = (bytes: Buffer): string => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);

function uuid<Text extends string | null>(name: string, text: Text): Text {
  if (text !== null && !UUID.test(text)) throw new NotACommand(`${name} is not a UUID`);
  return text;
}
