import { decide, evolve, type Decider, type DomainCommand } from '@kernel/decider.js';
import type { DomainEvent } from '@kernel/event.js';
import { Refusal } from '@kernel/refusal.js';

/** Specs of a decider that read given(events).when(command).emits(events) or .refuses(code). */
export const specOf =
  <State, Command extends DomainCommand, Event extends DomainEvent>(decider: Decider<State, Command, Event>) =>
  (...history: Event[]) => ({
    when: (command: Command) => {
      const state = evolve(decider, history);
      return {
        emits: (...expected: Partial<Event>[]) => expect(decide(decider, command, state)).toMatchObject(expected),
        emitsNothing: () => expect(decide(decider, command, state)).toEqual([]),
        refuses: (code: string) => expect(refusalOf(() => decide(decider, command, state))).toBe(code),
      };
    },
    becomes: (expected: Partial<State>) => expect(evolve(decider, history)).toMatchObject(expected),
  });

function refusalOf(decision: () => unknown): string {
  try {
    decision();
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
  return 'not refused';
}

/** Runs commands one after the other; a refused one changes nothing, as in the store. */
export function play<State, Command extends DomainCommand, Event extends DomainEvent>(
  decider: Decider<State, Command, Event>,
  commands: Iterable<Command>,
  from: State = decider.initial,
): { readonly events: readonly Event[]; readonly state: State } {
  const events: Event[] = [];
  let state = from;
  for (const command of commands) {
    try {
      const next = decide(decider, command, state);
      state = evolve(decider, next, state);
      events.push(...next);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }
  return { events, state };
}
