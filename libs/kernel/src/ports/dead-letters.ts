import type { CommandOutcome } from './event-store.js';

export const DEAD_LETTER_KINDS = ['saga-message', 'outbox-command', 'inbox-command', 'topic-message'] as const;
/**
 * - `saga-message`: an event or deadline that a saga could not process
 * - `outbox-command`: a saga's command that could not be carried out, where its saga lives
 * - `inbox-command`: the same, where it was received
 * - `topic-message`: a message of a topic that nobody can read
 */
export type DeadLetterKind = (typeof DEAD_LETTER_KINDS)[number];

/** What waits for an operator's decision. */
export interface DeadLetter {
  /** `<kind>-<number>`, unique in its context. */
  readonly id: string;
  readonly context: string;
  readonly kind: DeadLetterKind;
  /** Type of the event, `<context>.<Command>`, or the topic. */
  readonly type: string;
  /** Whose it is: `<saga>/<id>`, or `<topic>/<partition>/<offset>`. */
  readonly subject: string;
  /** `held` waits behind another one of its saga: that one comes first. */
  readonly state: 'parked' | 'held';
  readonly reason: string;
  readonly parkedAt: string;
}

export interface DeadLetterDetail extends DeadLetter {
  /** The event's or the command's own id; of a topic's message none. */
  readonly messageId: string | null;
  /** As it came: JSON text, or base64 where it is no text. */
  readonly data: string;
  readonly encoding: 'text' | 'base64';
  readonly headers: Readonly<Record<string, string>>;
  /** Deliveries of a command so far. */
  readonly attempts: number | null;
  /** How many messages wait behind it. */
  readonly behind: number;
}

export interface DeadLetterFilter {
  readonly kind?: DeadLetterKind;
  readonly state?: DeadLetter['state'];
  readonly type?: string;
  readonly subject?: string;
  readonly limit: number;
  /** `parkedAt` and `id` of the last row seen. */
  readonly after?: readonly [string, string];
}

export interface RetriedDeadLetter {
  readonly id: string;
  /** `handled` now; `queued` to be carried out now by whoever is free; `parked` again, for the reason given. */
  readonly outcome: 'handled' | 'queued' | 'parked';
  readonly reason?: string;
}

export interface DiscardedDeadLetter {
  readonly id: string;
  readonly discardedBy: string;
  readonly reason: string;
}

/** What could not be processed, as an operator handles it. Each context keeps its own. */
export abstract class DeadLetters {
  /** The last parked first. @throws Refusal `context.not-found` */
  abstract list(context: string, filter: DeadLetterFilter): Promise<DeadLetter[]>;
  /** @throws Refusal `dead-letter.not-found` */
  abstract one(context: string, id: string): Promise<DeadLetterDetail>;
  /**
   * Tries again now, with everything that waits behind it, in order. For the current request: its receipt is stored.
   * @throws Refusal `dead-letter.not-found`, `dead-letter.held`; `dead-letter.not-retryable` for a message of an event topic
   */
  abstract retry(context: string, id: string): Promise<CommandOutcome<RetriedDeadLetter>>;
  /**
   * Gives it up for good, which is recorded; what waits behind it goes on. A command is refused, so that its saga learns of it.
   * @throws Refusal `dead-letter.not-found`, `dead-letter.held`
   */
  abstract discard(context: string, id: string, reason: string): Promise<CommandOutcome<DiscardedDeadLetter>>;
}

/** A message of a topic that is nothing this release can read. */
export interface PoisonMessage {
  /** Context of the topic. */
  readonly context: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  /** Consumer group that could not read it. */
  readonly group: string;
  readonly reason: string;
  readonly key: string | null;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, string>>;
}
