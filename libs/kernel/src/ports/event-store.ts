import type { ConsistencyToken } from '../consistency-token.js';
import type { DomainEvent, EventContext, LoggedEvent, StoredEvent } from '../event.js';
import type { IdempotencyClaim } from './request-context.js';
import type { SagaWrites } from './saga-writes.js';

/** The version that a stream must have for an append to be accepted: a number, or 0 for a stream that must not exist. */
export type ExpectedVersion = number;

/** New events of one stream, and the row of the inline read model that they leave behind. */
export interface StreamAppend {
  readonly stream: string;
  readonly expectedVersion: ExpectedVersion;
  readonly events: readonly DomainEvent[];
  /** Rows of inline read models to upsert in the same transaction. */
  readonly inline?: readonly InlineRow[];
  /** True where the rest is only right while this stream is at its expected version, although it gets no events. It must exist. */
  readonly guard?: boolean;
  /** Who and what these events came from; the current scope where it is left out. */
  readonly context?: EventContext;
}

/** One row of an inline read model, by column name. The table must have a `version` column; older versions never win. */
export interface InlineRow {
  readonly table: string;
  /** Column that the row is upserted by; it must have a unique index. */
  readonly key: string;
  readonly row: Readonly<Record<string, unknown>>;
}

/** What a command answers, as it is replayed for the same Idempotency-Key. */
export interface CommandOutcome<Body = unknown> {
  readonly status: number;
  readonly body: Body;
  readonly location?: string;
  /** Version of the stream that the command was about: the ETag. */
  readonly version?: number;
  /** What a read must have seen to show the command's effect; the append fills it in. */
  readonly token?: ConsistencyToken;
  /** True where the outcome is an earlier one, answered again. */
  readonly replayed?: boolean;
}

export interface Receipt extends IdempotencyClaim {
  readonly outcome: CommandOutcome;
}

/** Everything that one transaction writes. */
export interface AppendRequest {
  /** Several entries of one stream follow each other: the second expects the version that the first leads to. */
  readonly streams: readonly StreamAppend[];
  /** One receipt a command, where it carried an Idempotency-Key. */
  readonly receipts?: readonly Receipt[];
  /** What sagas asked for, only in a context that holds sagas. */
  readonly sagas?: SagaWrites;
}

export interface AppendResult {
  /** This context's part of the Consistency-Token; empty where nothing but receipts was written. */
  readonly token: ConsistencyToken;
}

/** The state that a stream's events added up to at one of its versions, as JSON. */
export interface StoredSnapshot {
  readonly version: number;
  readonly state: string;
  /** Over all of it: one that does not fit tells that the snapshot is not what was stored. */
  readonly digest: string;
}

/** A stream's newest snapshot, if it has one, and the events after it. */
export interface SnapshotRead {
  readonly snapshot: StoredSnapshot | null;
  readonly events: readonly StoredEvent[];
}

/** The event store of one context. */
export abstract class EventStore {
  abstract readonly context: string;

  /**
   * Appends in one transaction: events, receipts, inline rows and outbox rows, or nothing.
   * @throws Refusal `concurrency.stale-version` (kind `stale`) when a stream is not at its expected version;
   *         `ReceiptExists` when a receipt's key is already taken; Refusal `idempotency.in-flight` while another holds it;
   *         `StaleCheckpoint` when another has advanced the consumer's checkpoint.
   */
  abstract append(request: AppendRequest): Promise<AppendResult>;

  /** The stream's events in order, as stored; empty for an unknown stream. `upTo` cuts by version or by business time. */
  abstract read(stream: string, upTo?: { version?: number; at?: string }): Promise<StoredEvent[]>;
  /** Several streams in one round trip; absent ones have no entry. */
  abstract readMany(streams: readonly string[]): Promise<Map<string, StoredEvent[]>>;
  /** Several streams in one round trip, each from its newest snapshot of this shape on. Every stream has an entry. */
  abstract readSinceSnapshots(streams: readonly string[], shape: string): Promise<Map<string, SnapshotRead>>;

  /** Current versions of streams, in one round trip; 0 for a stream that does not exist. */
  abstract versions(streams: readonly string[]): Promise<Map<string, number>>;

  /** The outcomes stored for several keys of one principal and route, in one round trip. A key with another body is `key-reused`. */
  abstract receipts(claims: readonly IdempotencyClaim[]): Promise<Map<string, CommandOutcome | 'key-reused'>>;

  /** The outcome stored for a claim. @throws Refusal `idempotency.key-reused` (kind `key-reused`) when the body differs. */
  abstract receipt(claim: IdempotencyClaim): Promise<CommandOutcome | null>;
}

/** A receipt with this key was committed by another request between the look-up and the append. */
export class ReceiptExists extends Error {
  override readonly name = 'ReceiptExists';
}

/** A consumer's checkpoint is not where the append expected it: another has handled these messages. */
export class StaleCheckpoint extends Error {
  override readonly name = 'StaleCheckpoint';
}

/** A unique index of an inline read model refused a row: `constraint` names it. */
export class UniqueViolation extends Error {
  override readonly name = 'UniqueViolation';

  constructor(readonly constraint: string) {
    super(`unique index ${constraint} refused the row`);
  }
}

/** Read side of one context's log: dense positions from 1. */
export abstract class EventLog {
  abstract readonly context: string;
  /** Events at positions after `after`, in order, at most `limit`. */
  abstract readAfter(after: number, limit: number): Promise<LoggedEvent[]>;
  /** The last position given, 0 for an empty log. */
  abstract head(): Promise<number>;
  /** Position of an event: null when it is not sequenced (yet, or at all). */
  abstract positionOf(eventId: string): Promise<number | null>;
  /** Last position sequenced at or before an instant (ISO 8601), 0 if none. */
  abstract positionAt(instant: string): Promise<number>;
  /** Calls back whenever positions were given. Returns the unsubscribe. Delivery is a hint, never a promise: poll as well. */
  abstract onAdvance(listener: () => void): () => void;
}

/** The event stores of every context that this process serves, by context. */
export abstract class EventStores {
  abstract store(context: string): EventStore;
  abstract log(context: string): EventLog;
  abstract contexts(): readonly string[];
}
