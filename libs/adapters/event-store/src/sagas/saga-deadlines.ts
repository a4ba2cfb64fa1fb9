import type { Clock } from '@kernel/clock.js';
import type { DeadlineRow } from '@kernel/ports/saga-writes.js';
import { sagaStream } from '@kernel/saga.js';
import { BackgroundLoop } from './background-loop.js';
import type { Addressed, SagaDefinitions } from './saga-definitions.js';
import type { SagaSteps } from './saga-steps.js';
import type { LoadedSaga, SagaStore } from './saga-store.js';

const MAX_BATCH = 200;

export interface SagaDeadlinesOptions {
  /** Pause between two looks at the deadlines, ms. */
  readonly everyMs: number;
  readonly onError: (error: unknown) => void;
}

/**
 * Tells sagas of the deadlines that they have reached. Whether one still counts is decided with the saga's own steps, and its row goes with the
 * step, so that several processes may look at once.
 */
export class SagaDeadlines {
  private readonly loop: BackgroundLoop;
  private readonly names: readonly string[];

  constructor(
    private readonly definitions: SagaDefinitions,
    private readonly store: SagaStore,
    private readonly steps: SagaSteps,
    private readonly clock: Clock,
    { everyMs, onError }: SagaDeadlinesOptions,
  ) {
    this.names = definitions.names();
    this.loop = new BackgroundLoop({ turn: () => this.fire(), idleMs: everyMs, onError });
  }

  start(): void {
    this.loop.start();
  }

  async stop(): Promise<void> {
    await this.loop.stop();
  }

  /** One look; true where more may be due. */
  async fire(): Promise<boolean> {
    const now = this.clock.now();
    const due = await this.store.due(this.names, now, MAX_BATCH);
    if (due.length === 0) return false;
    const loaded = await this.store.load([...new Set(due.map(({ saga, sagaId }) => sagaStream(saga, sagaId)))]);
    const messages = due.flatMap((row) => this.message(row, now, loaded.get(sagaStream(row.saga, row.sagaId))));
    await this.steps.handle(messages, { fresh: true });
    return due.length === MAX_BATCH;
  }

  private message({ saga, sagaId, name, due }: DeadlineRow, now: string, loaded: LoadedSaga | undefined): Addressed[] {
    if (!loaded) return [];
    const stream = sagaStream(saga, sagaId);
    const id = `deadline:${stream}:${name}:${due}`;
    const received = { id, type: `deadline.${name}`, version: 0, data: JSON.stringify({ due }), at: now, stream, context: loaded.context };
    return [this.definitions.to(this.definitions.get(saga)!, sagaId, received)];
  }
}
