import { advance, sagaState, type Saga, type SagaCommand, type SagaMessage, type SagaStanding, type SagaStep } from '@kernel/saga.js';

const START = Date.parse('2026-11-21T10:00:00.000Z');

/** The instant so many seconds into a spec's story, which begins at 10:00. */
export const seconds = (after: number): string => new Date(START + after * 1_000).toISOString();

/** A message at a time of its own; one that names none comes a millisecond after the one before it. */
export interface Timed<Message> {
  readonly message: Message;
  readonly at: string;
}
export const at = <Message>(time: string, message: Message): Timed<Message> => ({ message, at: time });

/** A command as a spec expects it: its name, and what of its data matters. */
export type Asked<Command extends SagaCommand> = { readonly [Name in Command['name']]?: object };

/** Specs of a saga that read given(messages).when(message).asks({ ReserveStock: { … } }), .asksNothing() or .stands({ … }). */
export const specOfSaga = <State, Message extends SagaMessage, Command extends SagaCommand>(definition: Saga<State, Message, Command>) => {
  type Told = Message | Timed<Message>;
  return (...history: Told[]) => {
    const before = play(definition as never, history);
    return {
      when: (message: Told) => {
        const steps = play(definition as never, [message], before);
        const step = steps[before.length];
        return {
          /** Exactly these commands, in this order. */
          asks: (...expected: Asked<Command>[]) => {
            expect(step?.commands.map(({ name }) => name)).toEqual(expected.flatMap((one) => Object.keys(one)));
            expect(step?.commands.map(({ data }) => data)).toMatchObject(expected.flatMap((one) => Object.values(one as object)));
          },
          asksNothing: () => expect(step?.commands ?? []).toEqual([]),
          isIgnored: () => expect(step).toBeUndefined(),
          sets: (deadlines: Readonly<Record<string, string>>) => expect(step?.deadlines).toEqual(deadlines),
          clears: (...names: string[]) => expect(step?.cleared).toEqual(names),
          stands: (expected: Partial<SagaStanding>) => expect(standingOf(definition, steps)).toMatchObject(expected),
        };
      },
      stands: (expected: Partial<SagaStanding>) => expect(standingOf(definition, before)).toMatchObject(expected),
    };
  };
};

function play(
  definition: Saga<never, never, never>,
  messages: readonly (SagaMessage | Timed<SagaMessage>)[],
  history: readonly SagaStep[] = [],
): SagaStep[] {
  const steps = [...history];
  for (const told of messages) {
    const { message, at: time } = 'message' in told ? told : { message: told, at: after(steps.at(-1)) };
    const step = advance(definition, steps, 'the-saga', { messageId: `m-${steps.length + 1}`, message, at: time });
    if (step) steps.push(step);
  }
  return steps;
}

const after = (step: SagaStep | undefined): string => new Date(step ? Date.parse(step.at) + 1 : START).toISOString();

const standingOf = <State, Message extends SagaMessage, Command extends SagaCommand>(
  definition: Saga<State, Message, Command>,
  steps: readonly SagaStep[],
): SagaStanding => definition.standing(sagaState(definition as never, steps) as State);
