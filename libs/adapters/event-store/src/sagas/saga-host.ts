import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Clock } from '@kernel/clock.js';
import type { EventBus } from '@kernel/ports/event-bus.js';
import type { EventStores } from '@kernel/ports/event-store.js';
import type { AnySaga } from '@kernel/saga.js';
import type { SchemaRegistry } from '@kernel/schema-registry.js';
import type { ContextDatabase } from '../context-database.js';
import { CommandDispatcher } from './command-dispatcher.js';
import { CommandOutbox } from './command-outbox.js';
import type { Inbox } from './inbox.js';
import { SagaDeadlines } from './saga-deadlines.js';
import { SagaDefinitions } from './saga-definitions.js';
import type { SagaEngineOptions } from './saga-options.js';
import { SagaRunner } from './saga-runner.js';
import { SagaSteps } from './saga-steps.js';
import { SagaStore } from './saga-store.js';

export interface SagaHostParts {
  readonly database: ContextDatabase;
  /** The sagas that this context holds. */
  readonly sagas: readonly AnySaga[];
  readonly stores: EventStores;
  readonly bus: EventBus;
  readonly registry: SchemaRegistry;
  readonly clock: Clock;
  readonly inbox: Inbox;
  readonly options: SagaEngineOptions;
  readonly onError: (error: unknown, what: string) => void;
}

/** Everything that drives the sagas of one context. */
export class SagaHost {
  readonly context: string;
  readonly definitions: SagaDefinitions;
  readonly store: SagaStore;
  readonly steps: SagaSteps;
  private readonly outbox: CommandOutbox;
  private readonly runner: SagaRunner;
  private readonly deadlines: SagaDeadlines;
  private readonly dispatcher: CommandDispatcher;

  constructor({ database, sagas, stores, bus, registry, clock, inbox, options, onError }: SagaHostParts) {
    this.context = database.context;
    this.definitions = new SagaDefinitions(this.context, sagas, registry);
    this.store = new SagaStore(database, stores.store(this.context));
    this.steps = new SagaSteps(this.store, clock, () => this.dispatcher.poke());
    this.runner = new SagaRunner(this.definitions, this.store, this.steps, bus);
    this.deadlines = new SagaDeadlines(this.definitions, this.store, this.steps, clock, {
      everyMs: options.idleMs,
      onError: (error) => onError(error, `deadlines of ${this.context}'s sagas`),
    });
    this.outbox = new CommandOutbox(database, `${hostname()}:${process.pid}:${randomUUID()}`, options.leaseMs);
    this.dispatcher = new CommandDispatcher(this.outbox, inbox, {
      ...options,
      targets: options.targets ?? stores.contexts(),
      onError: (error) => onError(error, `commands of ${this.context}'s sagas`),
    });
  }

  async start({ takeOver = false } = {}): Promise<void> {
    if (takeOver) await this.outbox.takeOver();
    this.dispatcher.start();
    this.deadlines.start();
    await this.runner.start();
  }

  /** Takes in nothing more and resolves when what is in hand is done. */
  async stop(): Promise<void> {
    await Promise.all([this.runner.stop(), this.deadlines.stop()]);
    await this.steps.idle();
    await this.dispatcher.stop();
  }

  /** Commands may be carried out sooner than they were to be. */
  poke(): void {
    this.dispatcher.poke();
  }
}
