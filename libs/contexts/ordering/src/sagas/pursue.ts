import type { Reaction, Saga, SagaCommand, SagaMessage } from '@kernel/saga.js';

/**
 * Reacts to every message alike: by what a plan finds lacking, from the state before the message and the state after it. What is asked for is then a
 * function of what is known, and not of the order in which it became known.
 */
export function pursue<State, Message extends SagaMessage, Command extends SagaCommand>(
  evolve: Saga<State, Message, Command>['evolve'],
  plan: (before: State, after: State, on: Message['type']) => Reaction<Command>,
): Saga<State, Message, Command>['react'] {
  type Row = (state: State, data: unknown, at: string) => State;
  const reactions = Object.entries(evolve as Record<string, Row>).map(([type, row]) => [
    type,
    (data: unknown, state: State, at: string) => plan(state, row(state, data, at), type),
  ]);
  return Object.fromEntries(reactions) as Saga<State, Message, Command>['react'];
}
