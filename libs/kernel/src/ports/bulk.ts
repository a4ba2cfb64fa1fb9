import type { DomainCommand } from '../decider.js';
import type { ConsistencyToken } from '../consistency-token.js';
import type { DomainEvent } from '../event.js';
import type { Decided, Loaded, Repository } from './aggregates.js';
import type { StoredEvent } from '../event.js';
import type { StreamAppend } from './event-store.js';

/** One command of a bulk, with the types of its aggregate closed over. */
export interface BulkItem {
  readonly idempotencyKey: string;
  /** The command as it was sent: another one under the same key is refused. */
  readonly asked: unknown;
  readonly stream: string;
  readonly fold: (events: readonly StoredEvent[]) => Loaded<unknown>;
  readonly plan: (loaded: Loaded<unknown>) => Loaded<unknown> & { readonly append: StreamAppend };
}

export type BulkResult =
  | { readonly idempotencyKey: string; readonly outcome: 'created' | 'replayed' }
  | { readonly idempotencyKey: string; readonly outcome: 'refused'; readonly code: string; readonly detail: string };

export function bulkItem<State, Command extends DomainCommand, Event extends DomainEvent>(
  repository: Repository<State, Command, Event>,
  id: string,
  command: Command,
  idempotency: { readonly key: string; readonly asked: unknown },
): BulkItem {
  return {
    idempotencyKey: idempotency.key,
    asked: idempotency.asked,
    stream: repository.stream(id),
    fold: (events) => repository.fold(events),
    plan: (loaded): Decided<State, Event> & { append: StreamAppend } => repository.plan(id, command, loaded as Loaded<State>),
  };
}

/** Carries out many commands of one context in one transaction, each with an Idempotency-Key of its own. */
export abstract class BulkCommands {
  /** A command that its decider refuses is told so and keeps none of the others from being stored. */
  abstract run(context: string, route: string, items: readonly BulkItem[]): Promise<{ results: BulkResult[]; token: ConsistencyToken }>;
}
