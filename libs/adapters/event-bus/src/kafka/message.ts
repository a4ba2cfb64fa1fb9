import { hash } from 'node:crypto';
import type { IHeaders, KafkaMessage, Message } from 'kafkajs';
import type { LoggedEvent } from '@kernel/event.js';
import { partitionOf } from '../partition.js';
import type { TopicKeys } from './topic-keys.js';

export const eventsTopic = (context: string): string => `${context}.events`;
export const commandsTopic = (context: string): string => `${context}.commands`;

/** An event as a topic holds it. */
export interface ChainedEvent {
  readonly event: LoggedEvent;
  /** The position before it in its partition, 0 for the first: by this chain a consumer knows that nothing is missing. */
  readonly previous: number;
}

/** A message on a topic of events that is none of the log's. */
export class NotAnEvent extends Error {
  override readonly name = 'NotAnEvent';
}

/**
 * CloudEvents 1.0 in binary mode (the protocol binding for Kafka): the event's data is the message's value, byte for byte, and everything about it are
 * headers. What this house adds are extensions, whose names may hold only letters and digits.
 */
export function toMessage(context: string, chained: ChainedEvent, partition: number, keys: TopicKeys): Message {
  const { event, previous } = chained;
  return {
    key: event.stream,
    partition,
    value: event.data,
    // Retention counts from here: when it happened may be years ago.
    timestamp: String(Date.parse(event.sequencedAt)),
    headers: {
      ce_specversion: '1.0',
      ce_id: event.id,
      ce_source: sourceOf(context),
      ce_type: event.type,
      ce_subject: event.stream,
      ce_time: event.occurredAt,
      'content-type': 'application/json',
      ce_position: String(event.position),
      ce_previous: String(previous),
      ce_dataversion: String(event.version),
      ce_streamversion: String(event.streamVersion),
      ce_recordedat: event.recordedAt,
      ce_sequencedat: event.sequencedAt,
      ce_correlationid: event.correlationId,
      ce_digest: event.digest,
      ce_signature: keys.sign('events', signedOf(context, chained, partition)),
      ...(event.actor !== null && { ce_actor: event.actor }),
      ...(event.causationId !== null && { ce_causationid: event.causationId }),
      ...(event.traceparent !== null && { traceparent: event.traceparent }),
    },
  };
}

/** @throws NotAnEvent for a message that no relay can have sent to this partition, of so many, of the context's topic */
export function fromMessage(
  context: string,
  place: { partition: number; partitions: number },
  { key, value, headers = {} }: Pick<KafkaMessage, 'key' | 'value' | 'headers'>,
  keys: TopicKeys,
): ChainedEvent {
  const read = reader(headers);
  if (read.text('ce_specversion') !== '1.0') throw new NotAnEvent('ce_specversion is not 1.0');
  if (read.text('ce_source') !== sourceOf(context)) throw new NotAnEvent(`ce_source is not ${sourceOf(context)}`);
  if (value === null) throw new NotAnEvent('it has no value');
  const event: LoggedEvent = {
    id: read.text('ce_id'),
    type: read.text('ce_type'),
    version: read.count('ce_dataversion'),
    stream: read.text('ce_subject'),
    streamVersion: read.count('ce_streamversion'),
    occurredAt: read.instant('ce_time'),
    recordedAt: read.instant('ce_recordedat'),
    actor: read.optional('ce_actor'),
    correlationId: read.text('ce_correlationid'),
    causationId: read.optional('ce_causationid'),
    traceparent: read.optional('traceparent'),
    data: value.toString('utf8'),
    digest: read.text('ce_digest'),
    position: read.count('ce_position'),
    sequencedAt: read.instant('ce_sequencedat'),
  };
  if (key?.toString('utf8') !== event.stream) throw new NotAnEvent('its key is not ce_subject');
  if (partitionOf(event.stream, place.partitions) !== place.partition) throw new NotAnEvent('its stream belongs to another partition');
  const previous = read.count('ce_previous');
  if (event.position <= previous) throw new NotAnEvent('ce_position is not after ce_previous');
  if (digestOf(event) !== event.digest) throw new NotAnEvent('ce_digest is not that of its content');
  const chained = { event, previous };
  if (!keys.isSigned('events', signedOf(context, chained, place.partition), read.text('ce_signature')))
    throw new NotAnEvent('ce_signature is not that of a relay which has our RPC_SECRET');
  return chained;
}

/** What a signature covers: the digest of what the event is, and what the digest leaves out, where it stands. */
const signedOf = (context: string, { event, previous }: ChainedEvent, partition: number): string =>
  `${context}\u001f${partition}\u001f${event.position}\u001f${previous}\u001f${event.sequencedAt}\u001f${event.digest}`;

const sourceOf = (context: string): string => `nebulocart/${context}`;

/** The digest that the event store keeps with every event, computed the same way. */
function digestOf(event: LoggedEvent): string {
  const { id, type, version, stream, streamVersion, actor, correlationId, causationId, traceparent, data } = event;
  const instants = [Date.parse(event.occurredAt), Date.parse(event.recordedAt)];
  const fields = [id, type, version, stream, streamVersion, ...instants, actor ?? '', correlationId, causationId ?? '', traceparent ?? '', data];
  return hash('md5', fields.join('\u001f'));
}

const DIGITS = /^\d+$/;

/** Of the days that every month has. */
const COMMON_INSTANT = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** Whether it is written as toISOString writes it. Most are told by their looks: three of them, written once more, took a sixth of what reading a message takes. */
function isInstant(text: string): boolean {
  if (COMMON_INSTANT.test(text)) return true;
  const ms = Date.parse(text);
  return !Number.isNaN(ms) && new Date(ms).toISOString() === text;
}

function reader(headers: IHeaders) {
  const optional = (name: string): string | null => {
    const header = headers[name];
    if (header === undefined) return null;
    if (Array.isArray(header)) throw new NotAnEvent(`${name} is there more than once`);
    return header.toString();
  };
  const text = (name: string): string => {
    const found = optional(name);
    if (found === null || found === '') throw new NotAnEvent(`${name} is missing`);
    return found;
  };
  const count = (name: string): number => {
    const found = text(name);
    const number = Number(found);
    if (!DIGITS.test(found) || !Number.isSafeInteger(number)) throw new NotAnEvent(`${name} is not a whole number`);
    return number;
  };
  const instant = (name: string): string => {
    const found = text(name);
    if (!isInstant(found)) throw new NotAnEvent(`${name} is not an instant in UTC with milliseconds`);
    return found;
  };
  return { optional, text, count, instant };
}
