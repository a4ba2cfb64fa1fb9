export interface SagaEngineOptions {
  /** Contexts whose commands this process carries out; by default all whose event stores it has. */
  readonly targets?: readonly string[];
  /** Longest pause between two looks at idle outboxes and at the deadlines, ms. */
  readonly idleMs: number;
  /**
   * Rest between two turns, as a multiple of what the last one took: where each turn is a few transactions, whatever it finds, more gathers for the next
   * one while the machine is busy. 0 where a process does everything itself.
   */
  readonly rest: number;
  /** Most commands in one transaction. */
  readonly batch: number;
  /** Most questions to the world outside at one time. */
  readonly asking: number;
  /** How long the commands of a dispatcher that died wait for another, ms; one that lives renews its claims. */
  readonly leaseMs: number;
  /** Longest wait for the answer of a command that asks the world, ms. */
  readonly patienceMs: number;
  /** Deliveries after which a command that cannot be carried out waits for an operator. */
  readonly attempts: number;
  /** Pause before a command's second delivery, and the longest pause, ms; it doubles in between. */
  readonly retryMs: { readonly first: number; readonly longest: number };
  /** A saga that could move by itself and has not for so long is stuck (`SAGA_STUCK_SECONDS`); one that failed is at once. */
  readonly stuckSeconds: number;
}

export const SAGA_ENGINE_DEFAULTS: SagaEngineOptions = {
  idleMs: 500,
  rest: 0,
  batch: 200,
  asking: 16,
  leaseMs: 8_000,
  patienceMs: 30_000,
  attempts: 12,
  retryMs: { first: 250, longest: 60_000 },
  stuckSeconds: 60,
};

/** For the parts of an engine that are processes of their own. */
export const APART: Pick<SagaEngineOptions, 'rest'> = { rest: 2 };
