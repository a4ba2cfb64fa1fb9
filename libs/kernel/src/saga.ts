import type { EventContext } from './event.js';

/** What a saga asks of a context; carried out at least once, and idempotent at the receiver by the id that the engine gives it. */
export interface SagaCommand<Name extends string = string, Data = unknown> {
  /** Imperative: `ReserveStock`. */
  readonly name: Name;
  /** Context that carries it out. */
  readonly context: string;
  readonly data: Data;
}

/** What a saga does about a message. */
export interface Reaction<Command extends SagaCommand = SagaCommand> {
  readonly commands?: readonly Command[];
  /** Deadlines to set, by name, ISO 8601 UTC; one that is set again is moved. */
  readonly deadlines?: Readonly<Record<string, string>>;
  /** Deadlines that no longer count. */
  readonly cleared?: readonly string[];
}

/** A message as a saga sees it: an event of some context, a deadline, a refused command, or an operator's word. */
export interface SagaMessage<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly data: Data;
}

/** Which saga an event is for, and what of the event the saga keeps. */
export interface SagaInput<Data> {
  /** The saga's id, or null where the event is for none. */
  readonly saga: (event: never) => string | null;
  /** The part that the saga needs: it is stored again in the saga's own stream. */
  readonly take: (event: never) => Data;
  /** True where the event begins a saga; any other is ignored by a saga that never began. */
  readonly starts?: boolean;
}

/** Messages that are no rows of `inputs`: `deadline.<name>`, `command-refused`, `operator.skip`, `operator.compensate`, `operator.retry`. */
export type RefusedCommand = SagaMessage<
  'command-refused',
  { readonly commandId: string; readonly command: string; readonly code: string; readonly detail: string }
>;
interface Word {
  readonly by: string;
  readonly reason: string;
}
/** A skip names the step that the operator looked at: it means no other that the saga may be at by then. */
export type OperatorWord = SagaMessage<'operator.skip', Word & { readonly step: string }> | SagaMessage<'operator.compensate', Word>;
/**
 * The operator has what was refused asked anew. A saga with rows for it says what that is; for one without, it is the command whose refusal is the
 * last thing that happened.
 */
export type RetryWord = SagaMessage<'operator.retry', { readonly by: string }>;

/** Where a saga stands, for people. */
export interface SagaStanding {
  /**
   * `running` waits for an answer and should move soon; `resting` waits for people (a parcel to be packed); `compensating` undoes what was
   * done; `failed` needs an operator; `ended` is over.
   */
  readonly status: 'running' | 'resting' | 'compensating' | 'failed' | 'ended';
  /** The step that it is at: a kebab-case word of its own language. */
  readonly step: string;
  /** Steps to come if nothing goes wrong, in order. */
  readonly remaining: readonly string[];
  /** How it ended, where it has: `completed`, `cancelled`, … */
  readonly outcome?: string;
}

/**
 * A durable workflow as pure tables, one row for each type of message. Its state is what its messages add up to; what it did about each is
 * recorded with the message, so a release that reacts differently changes nothing that was done.
 */
export interface Saga<State = unknown, Message extends SagaMessage = SagaMessage, Command extends SagaCommand = SagaCommand> {
  /** kebab-case; streams are `saga-<name>-<id>`. */
  readonly name: string;
  /** The context whose goal it serves and whose event store holds it. */
  readonly context: string;
  readonly initial: State;
  /** A row for each type of event that it listens to. */
  readonly inputs: { readonly [Type in Exclude<Message['type'], EngineMessage>]: SagaInput<Extract<Message, { type: Type }>['data']> };
  /** Decides from the state before the message; `at` is when the message was recorded, ISO 8601 UTC. */
  readonly react: {
    readonly [Type in Message['type']]: (data: Extract<Message, { type: Type }>['data'], state: State, at: string) => Reaction<Command>;
  };
  readonly evolve: {
    readonly [Type in Message['type']]: (state: State, data: Extract<Message, { type: Type }>['data'], at: string) => State;
  };
  /**
   * What a command that it did ask for changes: folded after the message that led to it, from the record. So a state knows what was asked by
   * what was, not by what this release would ask.
   */
  readonly asked?: {
    readonly [Name in Command['name']]?: (state: State, command: Extract<Command, { name: Name }> & { readonly id: string }) => State;
  };
  readonly standing: (state: State) => SagaStanding;
}
type EngineMessage = `deadline.${string}` | 'command-refused' | `operator.${string}`;

/** A saga of any kind of message and command, as the engine runs it. */
export type AnySaga<State = unknown> = Omit<Saga<State, never, never>, 'standing'> & { readonly standing: (state: never) => SagaStanding };

export const saga = <State, Message extends SagaMessage, Command extends SagaCommand>(
  tables: Saga<State, Message, Command>,
): Saga<State, Message, Command> => tables;

/** A command with the id under which its receiver knows it. */
export interface IssuedCommand extends SagaCommand {
  readonly id: string;
}

/** One step of a saga as its stream keeps it (the data of `<context>.SagaAdvanced`). */
export interface SagaStep {
  readonly saga: string;
  readonly sagaId: string;
  readonly on: SagaMessage;
  /** Id of the event that it came from; a deadline's and an operator's have ids of their own. */
  readonly messageId: string;
  /** When the message was recorded. */
  readonly at: string;
  readonly commands: readonly IssuedCommand[];
  readonly deadlines: Readonly<Record<string, string>>;
  readonly cleared: readonly string[];
}

/** A message on its way to one saga. */
export interface Incoming {
  readonly messageId: string;
  readonly message: SagaMessage;
  readonly at: string;
  /** Where it came from: the commands that it leads to carry this on. */
  readonly context?: EventContext;
}

export const sagaStream = (name: string, id: string): string => `saga-${name}-${id}`;

/** Folds a saga's steps into its state. */
export function sagaState<State>(definition: AnySaga<State>, steps: Iterable<SagaStep>): State {
  let state = definition.initial;
  for (const step of steps) state = stateAfter(definition, state, step);
  return state;
}

/** The state one step later. */
function stateAfter<State>(definition: AnySaga<State>, state: State, { on, at, commands }: SagaStep): State {
  const asked = (definition.asked ?? {}) as Record<string, ((state: State, command: IssuedCommand) => State) | undefined>;
  return commands.reduce((known, command) => asked[command.name]?.(known, command) ?? known, evolveOn(definition, state, on, at));
}

/** The deadlines that count: set, and neither reached nor cleared since. */
export function armedDeadlines(steps: Iterable<SagaStep>): ReadonlyMap<string, string> {
  const armed = new Map<string, string>();
  for (const { on, deadlines, cleared } of steps) {
    if (on.type.startsWith(DEADLINE)) armed.delete(on.type.slice(DEADLINE.length));
    for (const name of cleared) armed.delete(name);
    for (const [name, at] of Object.entries(deadlines)) armed.set(name, at);
  }
  return armed;
}

/** The command whose refusal is the last thing that happened to the saga. */
export function lastRefused(steps: readonly SagaStep[]): IssuedCommand | undefined {
  const last = steps.at(-1);
  if (last?.on.type !== 'command-refused') return undefined;
  const { commandId } = (last.on as RefusedCommand).data;
  return steps.flatMap(({ commands }) => commands).find(({ id }) => id === commandId);
}

/**
 * The next step of a saga for a message, or null where the message changes nothing: it was handled before, its deadline no longer counts, the saga
 * has not begun, it does not listen to it, or it is an operator's word that comes to nothing as the saga stands. Pure: the same steps and message always give the same step.
 */
export function advance(definition: AnySaga, steps: readonly SagaStep[], sagaId: string, incoming: Incoming): SagaStep | null {
  const { messageId, message, at } = incoming;
  const table = definition as unknown as Saga;
  const react = table.react[message.type] ?? (message.type === RETRY ? reissue(steps) : undefined);
  if (!react || steps.some((step) => step.messageId === messageId)) return null;
  const input = (table.inputs as Record<string, SagaInput<unknown> | undefined>)[message.type];
  if (steps.length === 0 && !input?.starts) return null;
  if (message.type.startsWith(DEADLINE) && !isDue(steps, message, at)) return null;
  const state = sagaState(definition, steps);
  const { commands = [], deadlines = {}, cleared = [] } = react(message.data, state, at);
  if (message.type === RETRY && commands.length === 0) return null;
  const number = `${sagaStream(definition.name, sagaId)}/${steps.length + 1}`;
  const step = {
    saga: definition.name,
    sagaId,
    on: message,
    messageId,
    at,
    commands: commands.map(({ name, context, data }, index) => ({ id: `${number}.${index + 1}`, name, context, data })),
    deadlines: Object.fromEntries(Object.entries(deadlines).map(([name, due]) => [name, exact(due)])),
    cleared,
  };
  return message.type.startsWith(OPERATOR) && isIdle(definition, state, step) ? null : step;
}

const OPERATOR = 'operator.';
const RETRY = 'operator.retry';
const DEADLINE = 'deadline.';

/** True for a step that asks for nothing and leaves the saga as it was. */
function isIdle(definition: AnySaga, before: unknown, step: SagaStep): boolean {
  if (step.commands.length + step.cleared.length + Object.keys(step.deadlines).length > 0) return false;
  return JSON.stringify(stateAfter(definition, before, step)) === JSON.stringify(before);
}

/** Asks anew for the command that was refused last; nothing else can be asked for again. */
function reissue(steps: readonly SagaStep[]): (() => Reaction) | undefined {
  const command = lastRefused(steps);
  return command && (() => ({ commands: [command] }));
}

/** One spelling for an instant, so that two can be compared as they are written. */
const exact = (instant: string): string => new Date(instant).toISOString();

/** A deadline counts while it is armed for the very instant that was reached: one that was moved or cleared meanwhile does not. */
function isDue(steps: readonly SagaStep[], { type, data }: SagaMessage, at: string): boolean {
  const due = armedDeadlines(steps).get(type.slice(DEADLINE.length));
  return due !== undefined && due === (data as { due: string }).due && due <= at;
}

function evolveOn<State>(definition: AnySaga<State>, state: State, on: SagaMessage, at: string): State {
  const row = (definition.evolve as Record<string, ((state: State, data: unknown, at: string) => State) | undefined>)[on.type];
  if (!row && on.type === RETRY) return state;
  if (!row) throw new Error(`saga ${definition.name} has no evolve row for ${on.type}`);
  return row(state, on.data, at);
}
