import type { Decider, DomainCommand } from '../decider.js';
import type { DomainEvent, StoredEvent } from '../event.js';
import type { CommandOutcome, InlineRow, StreamAppend } from './event-store.js';

/** How one kind of aggregate is stored. */
export interface AggregateOptions<State, Command extends DomainCommand, Event extends DomainEvent> {
  readonly decider: Decider<State, Command, Event>;
  readonly stream: (id: string) => string;
  /** Rows of the inline read models that an aggregate in this state has. */
  readonly inline?: (id: string, state: State, version: number) => readonly InlineRow[];
  readonly snapshot?: SnapshotOptions;
}

/**
 * States kept beside the events of streams that grow long, so that loading one takes the newest and the few events after it. They are only a
 * short cut: without them, or with one that cannot be read, all events are read.
 */
export interface SnapshotOptions {
  /** Events from one to the next; about as many are read at a load. */
  readonly every: number;
  /**
   * To be raised when the same events come to another state and neither the keys nor the types of `initial` show it: old snapshots no longer
   * count then. A state must be what JSON gives back as it was.
   */
  readonly revision: number;
}

/** An aggregate as its events left it. */
export interface Loaded<State> {
  readonly state: State;
  /** 0 for a stream that does not exist. */
  readonly version: number;
}

/** What a command led to, before it is stored. */
export interface Decided<State, Event extends DomainEvent> extends Loaded<State> {
  readonly events: readonly Event[];
}

export type ToOutcome<State, Event extends DomainEvent> = (decided: Decided<State, Event>) => CommandOutcome;

/** What must be stored, or hold, together with what a command led to. @throws Refusal where a rule beyond the aggregate does not allow it */
export type Beside<State, Event extends DomainEvent> = (decided: Decided<State, Event>) => Promise<readonly StreamAppend[]>;

/** Loads, decides and appends one kind of aggregate, with the receipt of the request that asked. */
export abstract class Repository<State, Command extends DomainCommand, Event extends DomainEvent> {
  /** Name of an aggregate's stream. */
  abstract stream(id: string): string;
  /** The aggregate as it is, or as it was: up to a stream version, or up to an instant of business time. */
  abstract load(id: string, upTo?: { version?: number; at?: string }): Promise<Loaded<State>>;
  /** The aggregate's events in order, their data parsed and lifted to the newest versions; empty for an unknown one. */
  abstract history(id: string): Promise<(Omit<StoredEvent, 'data'> & { readonly data: unknown })[]>;
  /**
   * Runs a command against the aggregate and appends what it leads to, with what `beside` asks for.
   * @throws Refusal of the decider; `concurrency.stale-version` when If-Match names another version;
   *         `concurrency.conflict` when other commands got in between too often.
   */
  abstract execute(id: string, command: Command, toOutcome: ToOutcome<State, Event>, beside?: Beside<State, Event>): Promise<CommandOutcome>;
  /** Runs the command that makes an aggregate; saves the look-up that {@link execute} begins with. */
  abstract create(id: string, command: Command, toOutcome: ToOutcome<State, Event>): Promise<CommandOutcome>;
  /** Several aggregates at once, each as {@link load} gives it; unknown ones are as new. */
  abstract loadMany(ids: readonly string[]): Promise<Map<string, Loaded<State>>>;
  /** What a command leads to from a state already loaded, for callers that append several streams at once. */
  abstract plan(id: string, command: Command, loaded: Loaded<State>): Decided<State, Event> & { readonly append: StreamAppend };
  /** The state that stored events add up to. */
  abstract fold(events: readonly StoredEvent[]): Loaded<State>;
}

/** Makes the repositories of a context's aggregates. */
export abstract class Aggregates {
  abstract of<State, Command extends DomainCommand, Event extends DomainEvent>(
    context: string,
    options: AggregateOptions<State, Command, Event>,
  ): Repository<State, Command, Event>;
}
