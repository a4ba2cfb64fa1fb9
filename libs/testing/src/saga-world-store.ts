import { decide, evolve, type Decider, type DomainCommand } from '@kernel/decider.js';
import type { DomainEvent } from '@kernel/event.js';
import { Aggregates, Repository, type AggregateOptions, type Decided, type Loaded, type ToOutcome } from '@kernel/ports/aggregates.js';
import type { CommandOutcome } from '@kernel/ports/event-store.js';
import type { IdempotencyClaim } from '@kernel/ports/request-context.js';
import type { EventSchema } from '@kernel/schema-registry.js';

/** An event as the simulated store keeps it. */
export interface Recorded {
  readonly id: string;
  readonly stream: string;
  readonly type: string;
  readonly data: unknown;
  readonly at: string;
}

export interface Folded {
  readonly state: unknown;
  readonly version: number;
}

/** Streams in memory, with what a store promises of them: what is appended fits its schema, and is told in the order of its stream. */
export class MemoryStreams {
  private readonly events = new Map<string, Recorded[]>();
  private readonly states = new Map<string, Folded>();
  private readonly schemas: ReadonlyMap<string, EventSchema>;

  constructor(
    schemas: readonly EventSchema[],
    private readonly now: () => string,
    private readonly onAppend: (event: Recorded) => void,
  ) {
    this.schemas = new Map(schemas.map((schema) => [`${schema.type}/${schema.version}`, schema]));
  }

  all(): Recorded[] {
    return [...this.events.values()].flat();
  }

  of(stream: string): readonly Recorded[] {
    return this.events.get(stream) ?? [];
  }

  load<State, Command extends DomainCommand, Event extends DomainEvent>(decider: Decider<State, Command, Event>, stream: string): Loaded<State> {
    return (this.states.get(stream) ?? { state: decider.initial, version: 0 }) as Loaded<State>;
  }

  /** `folded` is what the stream comes to with them; null for a stream that nothing is folded from. */
  append(stream: string, events: readonly DomainEvent[], folded: Folded | null): void {
    const stored = this.events.get(stream) ?? [];
    this.events.set(stream, stored);
    if (folded) this.states.set(stream, folded);
    for (const { type, version, data } of events) {
      const schema = this.schemas.get(`${type}/${version}`);
      if (!schema) throw new Error(`${type} has no version ${version}`);
      schema.schema.parse(data);
      const event = { id: `${stream}/${stored.length + 1}`, stream, type, data, at: this.now() };
      stored.push(event);
      this.onAppend(event);
    }
  }
}

/** Outcomes by what was claimed for them; none where the world forgets, so that the domain's own guards must do. */
export class MemoryReceipts {
  private readonly outcomes = new Map<string, CommandOutcome>();
  /** The claim of what is being carried out. */
  current: IdempotencyClaim | null = null;

  constructor(private readonly forgetful: boolean) {}

  async receipt({ key }: IdempotencyClaim): Promise<CommandOutcome | null> {
    return this.outcomes.get(key) ?? null;
  }

  store(outcome: CommandOutcome): void {
    if (this.current && !this.forgetful) this.outcomes.set(this.current.key, outcome);
  }
}

/** A repository over memory, which knows its decider. */
export class MemoryRepository<State, Command extends DomainCommand, Event extends DomainEvent> extends Repository<State, Command, Event> {
  constructor(
    private readonly streams: MemoryStreams,
    private readonly receipts: MemoryReceipts,
    readonly options: AggregateOptions<State, Command, Event>,
  ) {
    super();
  }

  stream(id: string): string {
    return this.options.stream(id);
  }

  now(id: string): Loaded<State> {
    return this.streams.load(this.options.decider, this.stream(id));
  }

  async load(id: string, upTo: { version?: number } = {}): Promise<Loaded<State>> {
    if (upTo.version === undefined) return this.now(id);
    const events = this.streams.of(this.stream(id)).slice(0, upTo.version);
    return { state: evolve(this.options.decider, events), version: events.length };
  }

  async execute(id: string, command: Command, toOutcome: ToOutcome<State, Event>): Promise<CommandOutcome> {
    const outcome = toOutcome(this.tell(id, command));
    this.receipts.store(outcome);
    return outcome;
  }

  create(id: string, command: Command, toOutcome: ToOutcome<State, Event>): Promise<CommandOutcome> {
    return this.execute(id, command, toOutcome);
  }

  /** Runs a command at once. @throws Refusal */
  tell(id: string, command: Command): Decided<State, Event> {
    const decided = next(this.options.decider, command, this.now(id));
    this.streams.append(this.stream(id), decided.events, decided);
    return decided;
  }

  history(): never {
    throw new Error('nobody asks for history here');
  }
  loadMany(): never {
    throw new Error('nobody loads several here');
  }
  plan(): never {
    throw new Error('nobody plans here');
  }
  fold(): never {
    throw new Error('nobody folds here');
  }
}

export class MemoryAggregates extends Aggregates {
  constructor(
    private readonly streams: MemoryStreams,
    private readonly receipts: MemoryReceipts,
  ) {
    super();
  }

  of<State, Command extends DomainCommand, Event extends DomainEvent>(
    _context: string,
    options: AggregateOptions<State, Command, Event>,
  ): MemoryRepository<State, Command, Event> {
    return new MemoryRepository(this.streams, this.receipts, options);
  }
}

/** What a command leads to. @throws Refusal */
export function next<State, Command extends DomainCommand, Event extends DomainEvent>(
  decider: Decider<State, Command, Event>,
  command: Command,
  { state, version }: Loaded<State>,
): Decided<State, Event> {
  const events = decide(decider, command, state);
  return { events, state: evolve(decider, events, state), version: version + events.length };
}
