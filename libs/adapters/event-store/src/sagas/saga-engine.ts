import type { Clock } from '@kernel/clock.js';
import type { CommandTransport } from '@kernel/ports/command-transport.js';
import type { EventBus } from '@kernel/ports/event-bus.js';
import type { EventStores } from '@kernel/ports/event-store.js';
import type { RequestContext } from '@kernel/ports/request-context.js';
import type { AnySaga } from '@kernel/saga.js';
import type { SchemaRegistry } from '@kernel/schema-registry.js';
import type { Databases } from '../context-database.js';
import type { Inbox } from './inbox.js';
import { PostgresSagas } from './postgres-sagas.js';
import { SagaHost } from './saga-host.js';
import { countSagas } from './saga-list.js';
import { observeSagas, sagaMetrics } from './saga-metrics.js';
import { SAGA_ENGINE_DEFAULTS, type SagaEngineOptions } from './saga-options.js';

export interface SagaEngineParts {
  readonly sagas: readonly AnySaga[];
  readonly databases: Pick<Databases, 'get'>;
  readonly stores: EventStores;
  readonly bus: EventBus;
  readonly registry: SchemaRegistry;
  readonly scope: RequestContext;
  readonly clock: Clock;
  /** The inbox of this process, or the transport to those who carry out commands. */
  readonly commands: Inbox | CommandTransport;
  readonly onError: (error: unknown, what: string) => void;
  readonly options?: Partial<SagaEngineOptions>;
}

/**
 * Runs sagas: brings them events and deadlines, stores their steps, and carries out what they ask for or sends it to those who do. Any number of engines may run over the same
 * databases; what two of them do at once is done once.
 */
export class SagaEngine {
  /** The sagas as an operator handles them. */
  readonly sagas: PostgresSagas;
  private readonly hosts: readonly SagaHost[];
  private readonly options: SagaEngineOptions;
  private stopObserving: () => void = () => undefined;

  constructor({ sagas, databases, options, scope, ...parts }: SagaEngineParts) {
    this.options = { ...SAGA_ENGINE_DEFAULTS, ...options };
    this.hosts = [...Map.groupBy(sagas, ({ context }) => context)].map(
      ([context, held]) => new SagaHost({ ...parts, database: databases.get(context), sagas: held, options: this.options }),
    );
    this.sagas = new PostgresSagas(this.hosts, parts.clock, scope, this.options.stuckSeconds);
  }

  /** Starts; `takeOver` where no other process can be running one: what a killed one had claimed is then done at once. */
  async start(options: { takeOver?: boolean } = {}): Promise<void> {
    await Promise.all(this.hosts.map((host) => host.start(options)));
    sagaMetrics.begin(this.hosts.flatMap(({ definitions }) => definitions.names()));
    this.stopObserving = observeSagas(() => countSagas(this.hosts, this.options.stuckSeconds));
  }

  /** Takes in nothing more and resolves when what is in hand is done. */
  async stop(): Promise<void> {
    this.stopObserving();
    await Promise.all(this.hosts.map((host) => host.stop()));
  }
}
