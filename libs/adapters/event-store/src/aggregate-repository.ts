import { setTimeout as sleep } from 'node:timers/promises';
import { decide, evolve, type DomainCommand } from '@kernel/decider.js';
import type { DomainEvent, StoredEvent } from '@kernel/event.js';
import { Aggregates, Repository, type AggregateOptions, type Beside, type Decided, type Loaded, type ToOutcome } from '@kernel/ports/aggregates.js';
import type { CommandOutcome, EventStore, EventStores, InlineRow, Receipt, StreamAppend } from '@kernel/ports/event-store.js';
import { ensureExpected, type RequestContext } from '@kernel/ports/request-context.js';
import { Refusal } from '@kernel/refusal.js';
import type { SchemaRegistry } from '@kernel/schema-registry.js';
import { Snapshots } from './snapshots.js';

/** How often a command is decided anew when another one got in between. It is never past a caller's If-Match: the version is compared anew. */
const ATTEMPTS = 10;

/** The repository over an event store. */
export class AggregateRepository<State, Command extends DomainCommand, Event extends DomainEvent> extends Repository<State, Command, Event> {
  private readonly snapshots: Snapshots<State> | undefined;

  /** @throws Error for snapshots of a state that JSON does not give back as it was */
  constructor(
    private readonly store: EventStore,
    private readonly registry: SchemaRegistry,
    private readonly scope: RequestContext,
    private readonly options: AggregateOptions<State, Command, Event>,
  ) {
    super();
    this.snapshots = options.snapshot && new Snapshots(options.decider.initial, options.snapshot);
  }

  stream(id: string): string {
    return this.options.stream(id);
  }

  async load(id: string, upTo: { version?: number; at?: string } = {}): Promise<Loaded<State>> {
    const past = upTo.version !== undefined || upTo.at !== undefined;
    // The newest snapshot may be later than what is asked for.
    if (past || !this.snapshots) return this.fold(await this.store.read(this.options.stream(id), upTo));
    return (await this.loadMany([id])).get(id)!;
  }

  async loadMany(ids: readonly string[]): Promise<Map<string, Loaded<State>>> {
    const streams = [...new Set(ids.map((id) => this.options.stream(id)))];
    const loaded = await (this.snapshots ? this.sinceSnapshots(this.snapshots, streams) : this.fromTheFirst(streams));
    return new Map(ids.map((id) => [id, loaded.get(this.options.stream(id))!]));
  }

  async history(id: string) {
    const events = await this.store.read(this.options.stream(id));
    return events.map((event) => ({ ...event, data: this.lift(event) }));
  }

  async execute(id: string, command: Command, toOutcome: ToOutcome<State, Event>, beside?: Beside<State, Event>): Promise<CommandOutcome> {
    return this.attempt(() => this.load(id), id, command, toOutcome, beside);
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
    const stream = this.options.stream(id);
    const inline: InlineRow[] = [];
    if (events.length > 0) {
      inline.push(...(this.options.inline?.(id, state, version) ?? []));
      inline.push(...(this.snapshots?.after(stream, loaded.version, version, state) ?? []));
    }
    return { state, version, events, append: { stream, expectedVersion: loaded.version, events, inline } };
  }

  fold(events: readonly StoredEvent[]): Loaded<State> {
    return this.foldOnto({ state: this.options.decider.initial, version: 0 }, events);
  }

  private foldOnto({ state, version }: Loaded<State>, events: readonly StoredEvent[]): Loaded<State> {
    const lifted = events.map((event) => ({ type: event.type, data: this.lift(event) }));
    return { state: evolve(this.options.decider, lifted, state), version: events.at(-1)?.streamVersion ?? version };
  }

  private async sinceSnapshots(snapshots: Snapshots<State>, streams: readonly string[]): Promise<Map<string, Loaded<State>>> {
    const loaded = new Map<string, Loaded<State>>();
    const unreadable: string[] = [];
    for (const [stream, { snapshot, events }] of await this.store.readSinceSnapshots(streams, snapshots.shape)) {
      const opened = snapshot && snapshots.open(stream, snapshot);
      if (opened === undefined) unreadable.push(stream);
      else loaded.set(stream, opened ? this.foldOnto(opened, events) : this.fold(events));
    }
    if (unreadable.length === 0) return loaded;
    return new Map([...loaded, ...(await this.fromTheFirst(unreadable))]);
  }

  private async fromTheFirst(streams: readonly string[]): Promise<Map<string, Loaded<State>>> {
    const events = await this.store.readMany(streams);
    return new Map(streams.map((stream) => [stream, this.fold(events.get(stream) ?? [])]));
  }

  private lift(event: StoredEvent): unknown {
    return this.registry.upcast(event.type, event.version, JSON.parse(event.data));
  }

  private async attempt(
    load: () => Promise<Loaded<State>> | Loaded<State>,
    id: string,
    command: Command,
    toOutcome: ToOutcome<State, Event>,
    beside: Beside<State, Event> = () => Promise.resolve([]),
  ) {
    const scope = this.scope.current();
    for (let attempt = 1; ; attempt++) {
      const loaded = await load();
      ensureExpected(scope, loaded.version);
      const decided = this.plan(id, command, loaded);
      const outcome = toOutcome(decided);
      const others = await beside(decided);
      const receipts: Receipt[] = scope.idempotency ? [{ ...scope.idempotency, outcome }] : [];
      try {
        const { token } = await this.store.append({ streams: [decided.append, ...others], receipts });
        return { ...outcome, token };
      } catch (error) {
        if (!(error instanceof Refusal && error.kind === 'stale')) throw error;
        if (attempt === ATTEMPTS) throw new Refusal('concurrency.conflict', 'conflict', 'Too many others changed this at the same time: try again');
        // Spread out, or the same crowd meets again.
        await sleep(Math.random() * 4 * attempt);
      }
    }
  }
}

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
