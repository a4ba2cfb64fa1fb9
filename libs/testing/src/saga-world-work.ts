import type { DomainCommand } from '@kernel/decider.js';
import type { DomainEvent } from '@kernel/event.js';
import type { Decided, Loaded, Repository } from '@kernel/ports/aggregates.js';
import { Work, type Touched } from '@kernel/ports/command-inbox.js';
import { next, type Folded, type MemoryRepository, type MemoryStreams } from './saga-world-store.js';

interface Staged extends Folded {
  readonly events: readonly DomainEvent[];
}

/** What one command stages, over what it said that it touches. */
export class MemoryWork extends Work {
  private readonly touched: ReadonlySet<string>;
  private staged = new Map<string, Staged>();

  constructor(
    private readonly streams: MemoryStreams,
    touches: readonly Touched[],
  ) {
    super();
    this.touched = new Set(touches.map(({ repository, id }) => repository.stream(id)));
  }

  load<State, Command extends DomainCommand, Event extends DomainEvent>(repository: Repository<State, Command, Event>, id: string): Loaded<State> {
    const stream = repository.stream(id);
    if (!this.touched.has(stream)) throw new Error(`${stream} is reached for, but not among what the command touches`);
    const { decider } = (repository as MemoryRepository<State, Command, Event>).options;
    return (this.staged.get(stream) ?? this.streams.load(decider, stream)) as Loaded<State>;
  }

  decide<State, Command extends DomainCommand, Event extends DomainEvent>(
    repository: Repository<State, Command, Event>,
    id: string,
    command: Command,
  ): Decided<State, Event> {
    const stream = repository.stream(id);
    const decided = next((repository as MemoryRepository<State, Command, Event>).options.decider, command, this.load(repository, id));
    this.staged.set(stream, { ...decided, events: [...(this.staged.get(stream)?.events ?? []), ...decided.events] });
    return decided;
  }

  get isChanged(): boolean {
    return [...this.staged.values()].some(({ events }) => events.length > 0);
  }

  drop(): void {
    this.staged = new Map();
  }

  commit(): void {
    for (const [stream, { events, state, version }] of this.staged) this.streams.append(stream, events, { state, version });
  }
}
