import { setTimeout as sleep } from 'node:timers/promises';
import { commandRefusedType } from '@kernel/command-refused-events.js';
import type { EventStores } from '@kernel/ports/event-store.js';
import { CommandInbox, type InboxCommand, type InboxHandler, type Touched } from '@kernel/ports/command-inbox.js';
import { Refusal } from '@kernel/refusal.js';
import type { SchemaRegistry } from '@kernel/schema-registry.js';
import { BatchWork, loadTouched, type LoadedAggregates } from './batch-work.js';
import { claimOf, CommandBatch, isOneCommands, type Delivery, type Fate } from './command-batch.js';

export type AnyHandler = InboxHandler<unknown, unknown>;

/** What the contexts of this process do for sagas. */
export class Inbox extends CommandInbox {
  private readonly handlers = new Map<string, AnyHandler>();

  constructor(
    private readonly stores: EventStores,
    private readonly registry: SchemaRegistry,
  ) {
    super();
  }

  /** @throws Error where the command has a handler already, or its context publishes no `CommandRefused` */
  register<Data, Fact>(handler: InboxHandler<Data, Fact>): void {
    const name = `${handler.context}.${handler.name}`;
    if (this.handlers.has(name)) throw new Error(`${name} has a handler already`);
    this.registry.current(commandRefusedType(handler.context));
    this.handlers.set(name, handler as AnyHandler);
  }

  /** Commands that ask before they decide, as `context.name`. */
  asks(): string[] {
    return [...this.handlers].filter(([, { ask }]) => ask !== undefined).map(([name]) => name);
  }

  /**
   * Asks what commands of one context need to know, with so much patience for each. Each is settled by itself, as soon as it is; a refusal is an answer as well.
   * @throws nothing: what goes wrong comes back as the answer of the commands that it concerns
   */
  async ask(
    context: string,
    commands: readonly InboxCommand[],
    patienceMs: number,
    settled: (command: InboxCommand, answer: Answer) => void,
  ): Promise<void> {
    const ready: Ready[] = [];
    for (const command of commands) {
      const handler = this.handlers.get(`${context}.${command.name}`)!;
      const parsed = handler.schema.safeParse(command.data);
      try {
        // What is malformed is refused with its batch.
        if (!parsed.success) settled(command, { fact: undefined });
        else ready.push({ command: { ...command, data: parsed.data }, handler, touches: handler.touches(parsed.data) });
      } catch (error) {
        settled(command, { error });
      }
    }
    const answered = async ({ command, handler }: Ready, loaded: LoadedAggregates): Promise<void> =>
      settled(command, await answerOf(handler, command, new BatchWork(loaded), patienceMs));
    await this.withLoaded(ready, answered, settled);
  }

  /** Loads what all of them touch; where that fails because of one, it fails alone. */
  private async withLoaded(
    ready: readonly Ready[],
    answered: (one: Ready, loaded: LoadedAggregates) => Promise<void>,
    settled: (command: InboxCommand, answer: Answer) => void,
  ): Promise<void> {
    let loaded: LoadedAggregates;
    try {
      loaded = await loadTouched(ready.flatMap(({ touches }) => touches));
    } catch (error) {
      if (ready.length < 2 || !isOneCommands(error)) return ready.forEach(({ command }) => settled(command, { error }));
      const middle = Math.ceil(ready.length / 2);
      await Promise.all([ready.slice(0, middle), ready.slice(middle)].map((half) => this.withLoaded(half, answered, settled)));
      return;
    }
    await Promise.all(ready.map((one) => answered(one, loaded)));
  }

  /** Ids of those that were carried out, or refused. */
  async seenTo(context: string, commands: readonly InboxCommand[]): Promise<ReadonlySet<string>> {
    return new Set((await this.stores.store(context).receipts(commands.map(claimOf))).keys());
  }

  /** Why this release cannot take a command, or null. */
  unreadable(context: string, { name, data }: InboxCommand): Error | null {
    const handler = this.handlers.get(`${context}.${name}`);
    if (!handler) return new Error(`${context} knows no command ${name}: a release that does may be missing`);
    const { error } = handler.schema.safeParse(data);
    return error ? new Error(`${name} is not as its schema says: ${error.message}`) : null;
  }

  /**
   * Refuses a command that nobody carries out any more, on an operator's word: by the domain's own event, or where that is what fails by the context's
   * `CommandRefused`. Done once: a command that was carried out meanwhile stays so.
   * @returns whether this refused it
   * @throws whatever keeps it from being stored
   */
  async refuse(context: string, command: InboxCommand, refusal: Refusal): Promise<boolean> {
    const refused = { command, attempts: 2, answer: { refusal } };
    let fate = (await this.carryOut(context, [refused])).get(command.id)!;
    if (typeof fate === 'object') {
      const unaided = new CommandBatch(this.stores.store(context), this.registry, () => undefined);
      fate = (await unaided.carryOut([refused])).get(command.id)!;
    }
    if (typeof fate === 'object') throw fate.error;
    return fate === 'refused';
  }

  /** Carries out commands of one context, as many as possible in one transaction. What became of each, by its id. */
  carryOut(context: string, deliveries: readonly Delivery[]): Promise<Map<string, Fate>> {
    return new CommandBatch(this.stores.store(context), this.registry, (name) => this.handlers.get(`${context}.${name}`)).carryOut(deliveries);
  }
}

/** A command that is to be asked about. */
interface Ready {
  readonly command: InboxCommand;
  readonly handler: AnyHandler;
  readonly touches: readonly Touched[];
}

/** What asking came to. An error is tried again. */
export type Answer = { readonly fact: unknown } | { readonly refusal: Refusal } | { readonly error: unknown };

async function answerOf(handler: AnyHandler, command: InboxCommand, work: BatchWork, patienceMs: number): Promise<Answer> {
  const patience = new AbortController();
  // Whoever never answers must not keep a place for ever.
  const silence = sleep(patienceMs, null, { signal: patience.signal }).then(() => Promise.reject(new Error(`no answer within ${patienceMs} ms`)));
  try {
    return { fact: await Promise.race([handler.ask!(command, work), silence]) };
  } catch (error) {
    return error instanceof Refusal && error.kind !== 'unavailable' ? { refusal: error } : { error };
  } finally {
    silence.catch(() => undefined);
    patience.abort();
  }
}
