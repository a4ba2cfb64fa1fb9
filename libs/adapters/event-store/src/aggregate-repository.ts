import { setTimeout as sleep } from 'node:timers/promises';
import { decide, evolve, type DomainCommand } from '@kernel/decider.js';
import type { DomainEvent, StoredEvent } from '@kernel/event.js';
import { Aggregates, Repository, type AggregateOptions, type Decided, type Loaded, type ToOutcome } from '@kernel/ports/aggregates.js';
import type { CommandOutcome, EventStore, EventStores, Receipt, StreamAppend } from '@kernel/ports/event-store.js';
import type { RequestContext } from '@kernel/ports/request-context.js';
import { Refusal } from '@kernel/refusal.js';
import type { SchemaRegistry } from '@kernel/schema-registry.js';

/** How often a command is decided anew when another one got in between. A caller's If-Match is never retried. */
const ATTEMPTS = 10;

/** The repository over an event store. */
export class AggregateRepository<State, Command extends DomainCommand, Event extends DomainEvent> extends Repository<State, Command, Event> {
  constructor(
    private readonly store: EventStore,
    private readonly registry: SchemaRegistry,
    private readonly scope: RequestContext,
    private readonly options: AggregateOptions<State, Command, Event>,
  ) {
    super();
  }

  stream(id: string): string {
    return this.options.stream(id);
  }

  async load(id: string, upTo?: { version?: number; at?: string }): Promise<Loaded<State>> {
    return this.fold(await this.store.read(this.options.stream(id), upTo));
  }

  async history(id: string) {
    const events = await this.store.read(this.options.stream(id));
    return events.map((event) => ({ ...event, data: this.lift(event) }));
  }

  async execute(id: string, command: Command, toOutcome: ToOutcome<State, Event>): Promise<CommandOutcome> {
    return this.attempt(() => this.load(id), id, command, toOutcome);
  }

  async create(id: string, command: Command, toOutcome: ToOutcome<State, Event>): Promise<CommandOutcome> {
    const none: Loaded<State> = { state: this.options.decider.initial, version: 0 };
    let first = true;
    const load = (): Promise<Loaded<State>> | Loaded<State> => {
      if (!first) return this.load(id);
      first = false;
      return none;
    };
    return this.attempt(load, id, command, toOutcome);
  }

  plan(id: string, command: Command, loaded: Loaded<State>): Decided<State, Event> & { readonly append: StreamAppend } {
    const events = decide(this.options.decider, command, loaded.state);
    const state = evolve(this.options.decider, events, loaded.state);
    const version = loaded.version + events.length;
    const inline = events.length > 0 ? this.options.inline?.(id, state, version) : undefined;
    const append: StreamAppend = { stream: this.options.stream(id), expectedVersion: loaded.version, events, ...(inline && { inline }) };
    return { state, version, events, append };
  }

  fold(events: readonly StoredEvent[]): Loaded<State> {
    const lifted = events.map((event) => ({ type: event.type, data: this.lift(event) }));
    return { state: evolve(this.options.decider, lifted), version: events.at(-1)?.streamVersion ?? 0 };
  }

  private lift(event: StoredEvent): unknown {
    return this.registry.upcast(event.type, event.version, JSON.parse(event.data));
  }

  private async attempt(load: () => Promise<Loaded<State>> | Loaded<State>, id: string, command: Command, toOutcome: ToOutcome<State, Event>) {
    const scope = this.scope.current();
    for (let attempt = 1; ; attempt++) {
      const loaded = await load();
      if (scope.expectedVersion !== null && scope.expectedVersion !== loaded.version) throw stale(scope.expectedVersion, loaded.version);
      const decided = this.plan(id, command, loaded);
      const outcome = toOutcome(decided);
      const receipts: Receipt[] = scope.idempotency ? [{ ...scope.idempotency, outcome }] : [];
      try {
        const { token } = await this.store.append({ streams: [decided.append], receipts });
        return { ...outcome, token };
      } catch (error) {
        if (!(error instanceof Refusal && error.kind === 'stale')) throw error;
        if (scope.expectedVersion !== null) throw stale(scope.expectedVersion, (await this.load(id)).version);
        if (attempt === ATTEMPTS) throw new Refusal('concurrency.conflict', 'conflict', 'Too many others changed this at the same time: try again');
        // Spread out, or the same crowd meets again.
        await sleep(Math.random() * 4 * attempt);
      }
    }
  }
}

const stale = (expected: number, actual: number): Refusal =>
  new Refusal('concurrency.stale-version', 'stale', `This is at version ${actual}, not ${expected}: read it again and decide anew`, {
    header: 'If-Match',
    expected,
    actual,
  });

/** Makes repositories over this process' event stores. */
export class StoredAggregates extends Aggregates {
  constructor(
    private readonly stores: EventStores,
    private readonly registry: SchemaRegistry,
    private readonly scope: RequestContext,
  ) {
    super();
  }

  of<State, Command extends DomainCommand, Event extends DomainEvent>(context: string, options: AggregateOptions<State, Command, Event>) {
    return new AggregateRepository(this.stores.store(context), this.registry, this.scope, options);
  }
}
