import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Clock } from '@kernel/clock.js';
import type { CommandTransport } from '@kernel/ports/command-transport.js';
import type { EventBus } from '@kernel/ports/event-bus.js';
import type { EventStores } from '@kernel/ports/event-store.js';
import type { AnySaga } from '@kernel/saga.js';
import type { SchemaRegistry } from '@kernel/schema-registry.js';
import type { ContextDatabase } from '../context-database.js';
import { CommandDispatcher } from './command-dispatcher.js';
import { CommandQueue } from './command-queue.js';
import { CommandSender } from './command-sender.js';
import { Inbox } from './inbox.js';
import { SagaDeadlines } from './saga-deadlines.js';
import { commandTargets, SagaDefinitions } from './saga-definitions.js';
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
  /** Whoever carries out commands: this process' own inbox, or the transport to those who do. */
  readonly commands: Inbox | CommandTransport;
  readonly options: SagaEngineOptions;
  readonly onError: (error: unknown, what: string) => void;
}

/** Everything that drives the sagas of one context. */
export class SagaHost {
  readonly context: string;
  readonly definitions: SagaDefinitions;
  readonly store: SagaStore;
  readonly steps: SagaSteps;
  private readonly outbox: CommandQueue;
  private readonly runner: SagaRunner;
  private readonly deadlines: SagaDeadlines;
  private readonly carrier: CommandDispatcher | CommandSender;

  constructor({ database, sagas, stores, bus, registry, clock, commands, options, onError }: SagaHostParts) {
    this.context = database.context;
    this.definitions = new SagaDefinitions(this.context, sagas, registry);
    this.store = new SagaStore(database, stores.store(this.context));
    this.steps = new SagaSteps(this.store, clock, () => this.carrier.poke());
    this.runner = new SagaRunner(this.definitions, this.store, this.steps, bus, { calm: options.rest, hurried: options.rest });
    this.deadlines = new SagaDeadlines(this.definitions, this.store, this.steps, clock, {
      everyMs: options.idleMs,
      onError: (error) => onError(error, `deadlines of ${this.context}'s sagas`),
    });
    this.outbox = CommandQueue.outbox(database, `${hostname()}:${process.pid}:${randomUUID()}`, options.leaseMs);
    const carrying = { ...options, onError: (error: unknown) => onError(error, `commands of ${this.context}'s sagas`) };
    this.carrier =
      commands instanceof Inbox
        ? new CommandDispatcher(this.outbox, commands, { ...carrying, targets: options.targets ?? stores.contexts() })
        : new CommandSender(this.outbox, commands, { ...carrying, targets: options.targets ?? commandTargets(registry) });
  }

  async start({ takeOver = false } = {}): Promise<void> {
    if (takeOver) await this.outbox.takeOver();
    this.carrier.start();
    this.deadlines.start();
    await this.runner.start();
  }

  /** Takes in nothing more and resolves when what is in hand is done. */
  async stop(): Promise<void> {
    await Promise.all([this.runner.stop(), this.deadlines.stop()]);
    await this.steps.idle();
    await this.carrier.stop();
  }

  /** Commands may be carried out sooner than they were to be. */
  poke(): void {
    this.carrier.poke();
  }
}
