import type { ConsistencyToken } from '../consistency-token.js';

export interface Watermark {
  /** Highest position P such that every position 1..P is visible in the read models. */
  readonly position: number;
  /** The log's head when this was read. */
  readonly head: number;
  /** How long the oldest event past the watermark has waited, ms; 0 when nothing waits. */
  readonly lagMs: number;
}

/** What the read models have seen: one number a context. */
export abstract class Watermarks {
  abstract current(): Promise<Readonly<Record<string, Watermark>>>;
  /** Waits until everything that the token names is visible. @throws Refusal `consistency-token.timeout` when the wait runs out. */
  abstract waitFor(token: ConsistencyToken, timeoutMs: number): Promise<void>;
}
