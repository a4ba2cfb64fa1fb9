import type { EventContext } from '@kernel/event.js';
import type { StreamAppend } from '@kernel/ports/event-store.js';
import type { DeadlineRow, OutgoingCommand, ParkedRow, SagaKey, SagaWrites } from '@kernel/ports/saga-writes.js';
import { advance, armedDeadlines, sagaState, sagaStream, type AnySaga, type SagaStanding, type SagaStep } from '@kernel/saga.js';
import { exactJson } from '../exact.js';
import type { Addressed } from './saga-definitions.js';

const DEADLINE = 'deadline.';

/** What a batch of messages leads to, before it is stored. */
export interface StepPlan {
  readonly streams: readonly StreamAppend[];
  readonly writes: SagaWrites;
  /** Steps of every saga that moved, the earlier ones included. */
  readonly moved: ReadonlyMap<string, readonly SagaStep[]>;
  readonly steps: readonly SagaStep[];
  readonly isEmpty: boolean;
}

export interface StepsSoFar {
  /** Steps of a saga, by its stream. */
  readonly steps: (stream: string) => readonly SagaStep[];
  /** Streams of sagas that a parked message holds. */
  readonly held: ReadonlySet<string>;
  /** Set where the messages are parked ones that are tried again: those that are handled are released. */
  readonly releasing?: boolean;
  readonly now: string;
}

/** One saga on its way through a batch. */
interface Progress extends SagaKey {
  readonly saga: string;
  readonly definition: AnySaga;
  readonly stream: string;
  readonly before: readonly SagaStep[];
  readonly steps: SagaStep[];
  readonly contexts: EventContext[];
  readonly parked: ParkedRow[];
  readonly released: { readonly messageId: string; readonly sagaId: string }[];
  /** Deadlines that were reached and changed nothing. */
  readonly ignored: { readonly name: string; readonly due: string }[];
  standing: SagaStanding | null;
}

/** Decides a batch of messages, in order. Pure: what a saga's own code throws parks the message and what comes after it for that saga. */
export function planSteps(messages: readonly Addressed[], soFar: StepsSoFar): StepPlan {
  const sagas = new Map<string, Progress>();
  const behind = new Set<string>();
  for (const message of messages) {
    const stream = sagaStream(message.saga.name, message.sagaId);
    const progress = sagas.get(stream) ?? begin(message, stream, soFar.steps(stream));
    sagas.set(stream, progress);
    if (soFar.held.has(stream)) behind.add(stream);
    take(message, progress, soFar);
  }
  const all = [...sagas.values()];
  const streams = all.flatMap((progress) => appendsOf(progress, soFar.now));
  const writes = writesOf(all, behind);
  return {
    streams,
    writes,
    moved: new Map(all.filter(({ steps }) => steps.length > 0).map(({ stream, before, steps }) => [stream, [...before, ...steps]])),
    steps: all.flatMap(({ steps }) => steps),
    isEmpty: streams.length === 0 && Object.values(writes).every((rows) => (rows as readonly unknown[]).length === 0),
  };
}

const begin = ({ saga, sagaId }: Addressed, stream: string, before: readonly SagaStep[]): Progress => ({
  saga: saga.name,
  sagaId,
  definition: saga,
  stream,
  before,
  steps: [],
  contexts: [],
  parked: [],
  released: [],
  ignored: [],
  standing: null,
});

function take(message: Addressed, progress: Progress, { held, releasing }: StepsSoFar): void {
  const { received } = message;
  if (progress.parked.length > 0 || held.has(progress.stream)) {
    // One that is tried again is still parked.
    if (!releasing) progress.parked.push(parkedRow(message, 'held by the message before it'));
    return;
  }
  try {
    const known = [...progress.before, ...progress.steps];
    const incoming = { messageId: received.id, message: message.read(), at: received.at };
    const next = advance(progress.definition, known, message.sagaId, incoming);
    if (next) {
      // As it will be read back: what JSON does not keep must not be seen by the next message either.
      const step = JSON.parse(exactJson(next)) as SagaStep;
      progress.standing = progress.definition.standing(sagaState(progress.definition, [...known, step]) as never);
      progress.steps.push(step);
      progress.contexts.push(received.context);
    } else if (incoming.message.type.startsWith(DEADLINE)) {
      progress.ignored.push({ name: received.type.slice(DEADLINE.length), due: (incoming.message.data as { due: string }).due });
    }
    if (releasing) progress.released.push({ messageId: received.id, sagaId: message.parkedAs ?? message.sagaId });
  } catch (error) {
    progress.parked.push(parkedRow(message, String((error as Error | undefined)?.message ?? error)));
    // Now that it is known whose it is, it waits there.
    if (message.parkedAs !== undefined && message.parkedAs !== message.sagaId)
      progress.released.push({ messageId: received.id, sagaId: message.parkedAs });
  }
}

const parkedRow = ({ saga, sagaId, received }: Addressed, reason: string): ParkedRow => ({
  saga: saga.name,
  sagaId,
  messageId: received.id,
  type: received.type,
  version: received.version,
  data: received.data,
  at: received.at,
  stream: received.stream,
  ...received.context,
  reason,
});

function appendsOf(progress: Progress, now: string): StreamAppend[] {
  const { definition, stream, before, steps, contexts, parked, released, standing } = progress;
  const type = `${definition.context}.SagaAdvanced`;
  const appends = steps.map((step, index): StreamAppend => ({
    stream,
    expectedVersion: before.length + index,
    events: [{ type, version: 1, data: step }],
    context: contexts[index]!,
  }));
  const version = before.length + steps.length;
  const list = (sagaId: string, { status, step, outcome = null }: ListedStanding, startedAt: string): void => {
    const times = { started_at: startedAt, moved_at: now };
    const own = { stream: sagaStream(definition.name, sagaId), saga: definition.name, id: sagaId };
    const row = { ...own, status, step, outcome, ...times, version: sagaId === progress.sagaId ? version : 0 };
    appends.push({ stream, expectedVersion: version, events: [], inline: [{ table: 'saga', key: 'stream', row }] });
  };
  if (standing) list(progress.sagaId, standing, (before[0] ?? steps[0])!.at);
  // It has not begun, and nobody would see that it should have.
  else if (version === 0 && parked.length > 0) list(progress.sagaId, { status: 'failed', step: 'not-begun' }, parked[0]!.at);
  for (const { sagaId } of released) {
    // What was parked there was for another saga, or for none after all.
    if (sagaId !== progress.sagaId || (version === 0 && parked.length === 0))
      list(sagaId, { status: 'ended', step: 'not-begun', outcome: 'ignored' }, now);
  }
  return appends;
}

type ListedStanding = Pick<SagaStanding, 'status' | 'step'> & { readonly outcome?: string | null };

function writesOf(all: readonly Progress[], behind: ReadonlySet<string>): SagaWrites {
  const deadlines = all.map(deadlinesOf);
  return {
    commands: all.flatMap((progress) => progress.steps.flatMap((step, index) => commandsOf(step, progress.contexts[index]!))),
    set: deadlines.flatMap(({ set }) => set),
    cleared: deadlines.flatMap(({ cleared }) => cleared),
    parked: all.flatMap(({ parked }) => parked),
    released: all.flatMap(({ saga, released }) => released.map((row) => ({ saga, ...row }))),
    held: all.filter(({ stream, parked }) => behind.has(stream) && parked.length > 0).map(({ saga, sagaId }) => ({ saga, sagaId })),
  };
}

const commandsOf = ({ saga, sagaId, commands }: SagaStep, context: EventContext): OutgoingCommand[] =>
  commands.map(({ id, name, context: target, data }) => ({ id, saga, sagaId, target, name, data: JSON.stringify(data ?? null), ...context }));

/** What the rows of a saga's deadlines have to become, for them to be those that are armed. */
function deadlinesOf({ saga, sagaId, before, steps, parked, ignored }: Progress): { set: DeadlineRow[]; cleared: (SagaKey & { name: string })[] } {
  const then = armedDeadlines(before);
  const now = armedDeadlines([...before, ...steps]);
  const set = [...now].filter(([name, due]) => then.get(name) !== due).map(([name, due]) => ({ saga, sagaId, name, due }));
  const gone = new Set([...then.keys()].filter((name) => !now.has(name)));
  // One that this release has no row for would be due for ever; one that was moved meanwhile is not.
  for (const { name, due } of ignored) if ((now.get(name) ?? due) === due) gone.add(name);
  // One that the saga cannot process waits among the parked messages, not among those that are due.
  for (const { type } of parked) if (type.startsWith(DEADLINE)) gone.add(type.slice(DEADLINE.length));
  return { set, cleared: [...gone].map((name) => ({ saga, sagaId, name })) };
}
