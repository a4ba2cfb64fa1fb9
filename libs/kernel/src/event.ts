/** A domain event as a decider makes it: what happened, not yet where or when it was recorded. */
export interface DomainEvent<Type extends string = string, Data = unknown> {
  /** `<context>.<PastTense>`, for example `ordering.OrderPlaced`. */
  readonly type: Type;
  /** Version of the data's schema, from 1. */
  readonly version: number;
  readonly data: Data;
  /** Business time, ISO 8601 UTC. The store takes the clock's now where it is absent. */
  readonly occurredAt?: string;
}

/** Who and what an event came from. */
export interface EventContext {
  /** The principal's id, or null for the system itself. */
  readonly actor: string | null;
  readonly correlationId: string;
  readonly causationId: string | null;
  /** W3C traceparent of the request that caused it. */
  readonly traceparent: string | null;
}

/** An event as the store keeps it, without its data parsed. Instants are ISO 8601 UTC with milliseconds. */
export interface StoredEvent extends EventContext {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly stream: string;
  /** Place in the stream, dense from 1. */
  readonly streamVersion: number;
  readonly occurredAt: string;
  readonly recordedAt: string;
  /** JSON text, byte for byte as it was appended. */
  readonly data: string;
  /** MD5 (hex) over every field above, made by Postgres when the event was appended; see `digestInput` in the event store. */
  readonly digest: string;
}

/** A stored event with its dense position in its context's log, from 1. */
export interface LoggedEvent extends StoredEvent {
  readonly position: number;
  /** When the sequencer gave it its position, ISO 8601 UTC. */
  readonly sequencedAt: string;
}
