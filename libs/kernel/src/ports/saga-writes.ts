import type { EventContext } from '../event.js';

/** A saga by its name and its own id. */
export interface SagaKey {
  readonly saga: string;
  readonly sagaId: string;
}

/** A command on its way to the context that carries it out. */
export interface OutgoingCommand extends SagaKey, EventContext {
  readonly id: string;
  /** Context that carries it out. */
  readonly target: string;
  readonly name: string;
  /** JSON text. */
  readonly data: string;
}

export interface DeadlineRow extends SagaKey {
  readonly name: string;
  /** ISO 8601 UTC with milliseconds. */
  readonly due: string;
}

/** A message that waits for an operator, as it came: it is read anew when it is tried again. */
export interface ParkedRow extends SagaKey, EventContext {
  readonly messageId: string;
  readonly type: string;
  /** Version of its data's schema; 0 for a message of the engine, which has none. */
  readonly version: number;
  /** JSON text. */
  readonly data: string;
  /** When the message was recorded. */
  readonly at: string;
  /** Stream of the event that it is. */
  readonly stream: string;
  readonly reason: string;
}

/** How far a consumer has come in one partition of a context's events; `to` counts only where it stands at `from`. */
export interface CheckpointMove {
  readonly consumer: string;
  readonly context: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** What is written with the steps of sagas, in their transaction. */
export interface SagaWrites {
  readonly commands?: readonly OutgoingCommand[];
  /** Deadlines to set; one that is set again is moved. */
  readonly set?: readonly DeadlineRow[];
  readonly cleared?: readonly (SagaKey & { readonly name: string })[];
  readonly parked?: readonly ParkedRow[];
  /** Parked messages that were handled. */
  readonly released?: readonly (SagaKey & { readonly messageId: string })[];
  /** Sagas behind whose parked messages new ones are parked: the append is stale where nothing of theirs is parked any more. */
  readonly held?: readonly SagaKey[];
  /** One for each partition at most. */
  readonly checkpoints?: readonly CheckpointMove[];
}
