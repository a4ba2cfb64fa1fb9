import type { DomainEvent } from './event.js';

/** A command as a decider sees it: a name and what it carries. */
export interface DomainCommand<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly data: Data;
}

/**
 * An aggregate as two pure tables (Jérémie Chassaing's Decider): what each command leads to, and what each event changes.
 * Both are keyed by name, so that a command or an event without a row does not compile.
 */
export interface Decider<State, Command extends DomainCommand, Event extends DomainEvent> {
  readonly initial: State;
  /** Events that the command leads to; @throws Refusal where the state does not allow it. */
  readonly decide: {
    readonly [Name in Command['type']]: (command: Extract<Command, { type: Name }>['data'], state: State) => readonly Event[];
  };
  readonly evolve: {
    readonly [Name in Event['type']]: (state: State, data: Extract<Event, { type: Name }>['data']) => State;
  };
}

export const decider = <State, Command extends DomainCommand, Event extends DomainEvent>(
  tables: Decider<State, Command, Event>,
): Decider<State, Command, Event> => tables;

/** Runs one command against a state. */
export function decide<State, Command extends DomainCommand, Event extends DomainEvent>(
  aggregate: Decider<State, Command, Event>,
  command: Command,
  state: State,
): readonly Event[] {
  const row = aggregate.decide[command.type as Command['type']] as (data: unknown, state: State) => readonly Event[];
  return row(command.data, state);
}

/** Folds events into a state. */
export function evolve<State, Command extends DomainCommand, Event extends DomainEvent>(
  aggregate: Decider<State, Command, Event>,
  events: Iterable<{ readonly type: string; readonly data: unknown }>,
  from: State = aggregate.initial,
): State {
  let state = from;
  for (const event of events) {
    const row = aggregate.evolve[event.type as Event['type']] as ((state: State, data: unknown) => State) | undefined;
    if (!row) throw new Error(`no evolve row for ${event.type}`);
    state = row(state, event.data);
  }
  return state;
}
