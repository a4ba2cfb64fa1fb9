import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { CommandTransport, ReceivedBatch, Reception } from '@kernel/ports/command-transport.js';
import type { ContextDatabase } from '../context-database.js';
import { DeadLetterBox } from '../dead-letters/dead-letter-box.js';
import { CommandDispatcher } from './command-dispatcher.js';
import { keepCommands } from './command-inbox.js';
import { CommandQueue } from './command-queue.js';
import type { Inbox } from './inbox.js';
import { sagaMetrics } from './saga-metrics.js';
import type { SagaEngineOptions } from './saga-options.js';

export interface ReceptionParts {
  readonly databases: readonly ContextDatabase[];
  readonly transport: Pick<CommandTransport, 'receive'>;
  readonly inbox: Inbox;
  readonly options: SagaEngineOptions;
  readonly onError: (error: unknown, what: string) => void;
}

/**
 * Takes in what sagas of other processes send to the contexts of this one, and carries it out. Commands are kept before they count as received; from
 * then on they are tried, put back and parked as those of an outbox are.
 */
export class CommandReception {
  private readonly desks: readonly Desk[];

  constructor({ databases, ...parts }: ReceptionParts) {
    this.desks = databases.map((database) => new Desk(database, parts));
  }

  /** Returns at once, whether or not the transport answers; every handler must be registered. */
  start(): void {
    for (const desk of this.desks) desk.start();
  }

  /** Takes in nothing more and resolves when what is in hand is done. */
  async stop(): Promise<void> {
    await Promise.all(this.desks.map((desk) => desk.stop()));
  }
}

/** The reception of one context. */
class Desk {
  private readonly dispatcher: CommandDispatcher;
  private readonly onError: (error: unknown) => void;
  private reception: Reception | null = null;

  constructor(
    private readonly database: ContextDatabase,
    private readonly parts: Omit<ReceptionParts, 'databases'>,
  ) {
    const { inbox, options, onError } = parts;
    this.onError = (error) => onError(error, `commands for ${database.context}`);
    this.dispatcher = new CommandDispatcher(CommandQueue.inbox(database, `${hostname()}:${process.pid}:${randomUUID()}`, options.leaseMs), inbox, {
      ...options,
      targets: [database.context],
      keepsUnreadable: true,
      onError: this.onError,
    });
  }

  start(): void {
    this.dispatcher.start();
    const { context } = this.database;
    this.reception = this.parts.transport.receive({ context, onBatch: (batch) => this.keep(batch), onError: this.onError });
  }

  async stop(): Promise<void> {
    await this.reception?.close();
    this.reception = null;
    await this.dispatcher.stop();
  }

  private async keep(batch: ReceivedBatch): Promise<void> {
    if (batch.poison.length > 0) await new DeadLetterBox({ get: () => this.database }).keep(...batch.poison);
    const fresh = await keepCommands(this.database, batch.commands);
    sagaMetrics.received(this.database.context, fresh, batch.commands.length - fresh);
    if (fresh > 0) this.dispatcher.poke();
  }
}
