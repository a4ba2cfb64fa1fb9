import { createHash, randomUUID } from 'node:crypto';
import type { CommandBus, ICommand, IQuery, QueryBus } from '@nestjs/cqrs';
import type { CommandOutcome, EventStores } from '@kernel/ports/event-store.js';
import type { RequestContext } from '@kernel/ports/request-context.js';

const DEMO = 'demo';

/** The buses for work that may be interrupted and begun again: every command takes effect once for its key. */
export class OnceCommands {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly stores: EventStores,
    private readonly scope: RequestContext,
  ) {}

  /** A command that brings idempotency keys of its own. */
  execute<Result>(command: ICommand): Promise<Result> {
    return this.commands.execute<ICommand, Result>(command);
  }

  ask<Result>(query: IQuery): Promise<Result> {
    return this.queries.execute<IQuery, Result>(query);
  }

  /**
   * The outcome of the command: of now, or of the time when it was carried out under this key.
   * @param asked what is the same whenever the command is issued: all of it, unless it holds something that is made up anew
   */
  async once(context: string, key: string, command: ICommand, asked: object = command): Promise<CommandOutcome> {
    const bodyDigest = createHash('sha256').update(JSON.stringify(asked)).digest('hex');
    const idempotency = { principal: DEMO, route: DEMO, key, bodyDigest };
    const earlier = await this.stores.store(context).receipt(idempotency);
    if (earlier) return earlier;
    const scope = { ...this.scope.current(), requestId: key, correlationId: randomUUID(), idempotency };
    return this.scope.run(scope, () => this.execute<CommandOutcome>(command));
  }
}
