import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@kernel/clock.js';
import type { CheckpointMove } from '@kernel/ports/saga-writes.js';
import { Refusal } from '@kernel/refusal.js';
import { sagaStream, type SagaStep } from '@kernel/saga.js';
import type { Addressed } from './saga-definitions.js';
import { sagaMetrics } from './saga-metrics.js';
import { planSteps, type StepPlan } from './plan-steps.js';
import type { SagaStore } from './saga-store.js';

/** How often a batch is decided anew when one of its sagas moved meanwhile. */
const ATTEMPTS = 10;
/** Sagas whose steps are kept in memory: about those that are on their way at one time. */
const KEPT = 2_048;

export interface HandleOptions {
  readonly checkpoints?: readonly CheckpointMove[];
  /** Messages that were parked are tried again. */
  readonly releasing?: boolean;
  /** Goes past what is parked for the saga. */
  readonly past?: boolean;
  /** Reads every saga anew: where a message that changes nothing must not have been judged by what another process has overtaken. */
  readonly fresh?: boolean;
}

/** Takes messages to their sagas: loads, decides and stores a batch in one transaction. One batch at a time, so that a process never meets itself. */
export class SagaSteps {
  /**
   * Steps of sagas as this process last stored them, which saves most look-ups. What is overtaken fails the append; a message that changes nothing
   * appends nothing, but for an event that can only mean that its saga has handled it, and steps are never taken back.
   */
  private readonly kept = new Map<string, readonly SagaStep[]>();
  private tail: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: SagaStore,
    private readonly clock: Clock,
    private readonly onCommands: () => void,
  ) {}

  /**
   * @returns what was stored
   * @throws StaleCheckpoint, and whatever keeps the store from answering; nothing is stored then
   */
  handle(messages: readonly Addressed[], options: HandleOptions = {}): Promise<StepPlan> {
    const turn = this.tail.then(() => this.attempt(messages, options));
    this.tail = turn.catch(() => undefined);
    return turn;
  }

  /** Resolves when all that was handed in is stored or has failed. */
  async idle(): Promise<void> {
    await this.tail;
  }

  private async attempt(messages: readonly Addressed[], options: HandleOptions): Promise<StepPlan> {
    const started = performance.now();
    for (let attempt = 1; ; attempt++) {
      const plan = await this.plan(messages, options, options.fresh === true || attempt > 1);
      if (plan.isEmpty) return plan;
      try {
        await this.store.write(plan, options.checkpoints);
      } catch (error) {
        for (const { saga, sagaId } of messages) this.kept.delete(sagaStream(saga.name, sagaId));
        if (!isStale(error) || attempt === ATTEMPTS) throw error;
        await sleep(Math.random() * 4 * attempt);
        continue;
      }
      this.keep(plan);
      sagaMetrics.stepped(plan, performance.now() - started);
      if (plan.writes.commands!.length > 0) this.onCommands();
      return plan;
    }
  }

  private async plan(messages: readonly Addressed[], { releasing = false, past = false }: HandleOptions, fresh: boolean): Promise<StepPlan> {
    const keys = new Map(messages.map(({ saga, sagaId }) => [sagaStream(saga.name, sagaId), { saga: saga.name, sagaId }]));
    const wanted = fresh ? [...keys.keys()] : [...keys.keys()].filter((stream) => !this.kept.has(stream));
    const [loaded, held] = await Promise.all([this.store.load(wanted), releasing || past ? new Set<string>() : this.store.held([...keys.values()])]);
    const steps = (stream: string): readonly SagaStep[] => loaded.get(stream)?.steps ?? (fresh ? undefined : this.kept.get(stream)) ?? [];
    return planSteps(messages, { steps, held, releasing, now: this.clock.now() });
  }

  private keep({ moved }: StepPlan): void {
    for (const [stream, steps] of moved) {
      // Again at the end: the first of the map is the one that was left alone the longest.
      this.kept.delete(stream);
      this.kept.set(stream, steps);
    }
    for (const stream of this.kept.keys()) {
      if (this.kept.size <= KEPT) break;
      this.kept.delete(stream);
    }
  }
}

const isStale = (error: unknown): boolean => error instanceof Refusal && error.kind === 'stale';
