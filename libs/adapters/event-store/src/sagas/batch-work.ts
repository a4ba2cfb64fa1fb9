import type { DomainCommand } from '@kernel/decider.js';
import type { DomainEvent, EventContext } from '@kernel/event.js';
import type { Decided, Loaded, Repository } from '@kernel/ports/aggregates.js';
import { Work, type Touched } from '@kernel/ports/command-inbox.js';
import type { StreamAppend } from '@kernel/ports/event-store.js';

export type LoadedAggregates = ReadonlyMap<string, Loaded<unknown>>;

/** Every aggregate once, in one look-up for each kind. */
export async function loadTouched(touched: readonly Touched[]): Promise<LoadedAggregates> {
  const byRepository = Map.groupBy(touched, ({ repository }) => repository);
  const loaded = await Promise.all(
    [...byRepository].map(async ([repository, all]) => {
      const found = await repository.loadMany([...new Set(all.map(({ id }) => id))]);
      return [...found].map(([id, aggregate]): [string, Loaded<unknown>] => [repository.stream(id), aggregate]);
    }),
  );
  return new Map(loaded.flat());
}

/**
 * The aggregates of a batch: those that were loaded, and what the commands kept so far have made of them. What one command stages is kept or dropped
 * as a whole. An aggregate that a command only looked at is guarded, so that the batch is stored only while it is as it was seen.
 */
export class BatchWork extends Work {
  private readonly kept = new Map<string, Loaded<unknown>>();
  private readonly appends: StreamAppend[] = [];
  private readonly guarded = new Set<string>();
  private staged = new Map<string, Loaded<unknown>>();
  private pending: StreamAppend[] = [];
  private seen = new Set<string>();
  private context: EventContext | undefined;

  constructor(private readonly loaded: LoadedAggregates) {
    super();
  }

  /** What is staged from here on was caused by this. */
  begin(context: EventContext): void {
    this.context = context;
    this.drop();
  }

  load<State, Command extends DomainCommand, Event extends DomainEvent>(repository: Repository<State, Command, Event>, id: string): Loaded<State> {
    const stream = repository.stream(id);
    const aggregate = this.staged.get(stream) ?? this.kept.get(stream) ?? this.loaded.get(stream);
    if (!aggregate) throw new Error(`${stream} was not loaded: the handler's touches must name it`);
    this.seen.add(stream);
    return aggregate as Loaded<State>;
  }

  decide<State, Command extends DomainCommand, Event extends DomainEvent>(
    repository: Repository<State, Command, Event>,
    id: string,
    command: Command,
  ): Decided<State, Event> {
    const { append, ...decided } = repository.plan(id, command, this.load(repository, id));
    this.staged.set(append.stream, { state: decided.state, version: decided.version });
    if (append.events.length > 0) this.pending.push({ ...append, context: this.context! });
    return decided;
  }

  /** Stages events beside the aggregates. */
  append(append: StreamAppend): void {
    this.pending.push({ ...append, context: this.context! });
  }

  get isChanged(): boolean {
    return this.pending.length > 0;
  }

  keep(): void {
    for (const [stream, aggregate] of this.staged) this.kept.set(stream, aggregate);
    if (this.isChanged) for (const stream of this.seen) this.guarded.add(stream);
    this.appends.push(...this.pending);
    this.drop();
  }

  drop(): void {
    this.staged = new Map();
    this.pending = [];
    this.seen = new Set();
  }

  /** What all the kept commands lead to. */
  streams(): StreamAppend[] {
    const written = new Set(this.appends.map(({ stream }) => stream));
    const guards = [...this.guarded]
      .filter((stream) => !written.has(stream) && this.loaded.get(stream)!.version > 0)
      .map((stream): StreamAppend => ({ stream, expectedVersion: this.loaded.get(stream)!.version, events: [], guard: true }));
    return [...this.appends, ...guards];
  }
}
