import type { IssuedCommand, SagaStanding, SagaStep } from '../saga.js';

/** One saga in the operator's list. Instants are ISO 8601 UTC. */
export interface SagaSummary extends Pick<SagaStanding, 'status' | 'step' | 'outcome'> {
  readonly saga: string;
  readonly id: string;
  readonly startedAt: string;
  /** When it last moved. */
  readonly movedAt: string;
  readonly version: number;
  /** True at once where it failed or something of it waits for an operator, else once it is slower than it should be. */
  readonly stuck: boolean;
}

/** A command that is still to be carried out. */
export interface PendingCommand extends IssuedCommand {
  readonly attempts: number;
  readonly nextAttemptAt: string;
  /** Why the last attempt failed. */
  readonly error?: string;
  /** True where it is no longer tried by itself. */
  readonly parked: boolean;
}

/** A message that the saga could not process; those after it wait behind it. */
export interface ParkedMessage {
  readonly messageId: string;
  readonly type: string;
  readonly reason: string;
  readonly parkedAt: string;
}

export interface SagaDetail extends SagaSummary {
  readonly remaining: readonly string[];
  readonly timeline: readonly (SagaStep & { readonly version: number; readonly recordedAt: string })[];
  readonly deadlines: Readonly<Record<string, string>>;
  readonly pending: readonly PendingCommand[];
  readonly parked: readonly ParkedMessage[];
}

export interface SagaFilter {
  readonly saga?: string;
  readonly status?: SagaStanding['status'];
  readonly id?: string;
  /** Only those that wait for an operator, however recently, and those that are slow and have not moved for so many seconds. */
  readonly stuckForSeconds?: number;
  readonly limit: number;
  /** `startedAt`, saga and id of the last row seen. */
  readonly after?: readonly [string, string, string];
}

/** The sagas as an operator handles them. */
export abstract class Sagas {
  /** Newest first. */
  abstract list(filter: SagaFilter): Promise<SagaSummary[]>;
  /** @throws Refusal `saga.not-found` */
  abstract one(saga: string, id: string): Promise<SagaDetail>;
  /** Tries again now what was parked or refused. @throws Refusal `saga.nothing-to-retry` */
  abstract retry(saga: string, id: string): Promise<SagaDetail>;
  /**
   * Tells it to go on without the answer that it waits for at this step.
   * @throws Refusal `saga.ended`; `saga.moved-on` where it is at another step; `saga.not-stuck` while it may still move by itself;
   * `saga.not-applicable` where nobody can vouch for that step
   */
  abstract skip(saga: string, id: string, step: string, reason: string): Promise<SagaDetail>;
  /** Tells it to undo what it did. @throws Refusal `saga.ended`; `saga.not-applicable` where nothing of it can be undone, or it is being undone already */
  abstract compensate(saga: string, id: string, reason: string): Promise<SagaDetail>;
}
