import { COMMAND_REFUSED, type CommandRefusedData } from '@kernel/command-refused-events.js';
import type { EventContext, StoredEvent } from '@kernel/event.js';
import type { AnySaga, SagaInput, SagaMessage } from '@kernel/saga.js';
import type { SchemaRegistry } from '@kernel/schema-registry.js';

/** A message as it came, before any saga has read it. */
export interface Received {
  /** The event's, or of a kind of its own for a deadline or an operator's word. */
  readonly id: string;
  readonly type: string;
  /** Version of the data's schema; 0 for what is no event. */
  readonly version: number;
  /** JSON text. */
  readonly data: string;
  /** When it was recorded. */
  readonly at: string;
  /** Stream of the event. */
  readonly stream: string;
  /** What the commands that it leads to carry on. */
  readonly context: EventContext;
}

/** A message on its way to one saga. */
export interface Addressed {
  readonly saga: AnySaga;
  readonly sagaId: string;
  readonly received: Received;
  /** Id of the saga among whose parked messages it is, where it is tried again. */
  readonly parkedAs?: string;
  /** The message as the saga reads it. @throws whatever the saga's own code does */
  readonly read: () => SagaMessage;
}

type Input = SagaInput<unknown> & { readonly saga: (event: unknown) => string | null; readonly take: (event: unknown) => unknown };

/** The sagas that one context holds, and which of them an event is for. */
export class SagaDefinitions {
  private readonly sagas: ReadonlyMap<string, AnySaga>;
  private readonly listeners = new Map<string, { saga: AnySaga; input: Input }[]>();

  /** @throws Error for two sagas whose streams could have one name, and for an input that no context publishes */
  constructor(
    readonly context: string,
    sagas: readonly AnySaga[],
    private readonly registry: SchemaRegistry,
  ) {
    this.sagas = new Map(sagas.map((saga) => [saga.name, saga]));
    if (this.sagas.size < sagas.length) throw new Error(`two sagas of ${context} have one name`);
    for (const saga of sagas) {
      const shadowed = sagas.find(({ name }) => name.startsWith(`${saga.name}-`));
      if (shadowed) throw new Error(`streams of the saga ${shadowed.name} could be taken for those of ${saga.name}: rename one`);
      for (const [type, input] of Object.entries(saga.inputs) as [string, Input][]) this.listen(type, saga, input);
    }
  }

  private listen(type: string, saga: AnySaga, input: Input): void {
    this.registry.current(type);
    this.listeners.set(type, [...(this.listeners.get(type) ?? []), { saga, input }]);
  }

  get(name: string): AnySaga | undefined {
    return this.sagas.get(name);
  }

  names(): string[] {
    return [...this.sagas.keys()];
  }

  /** Contexts whose events have to be followed: those of the inputs, and those that may refuse a command. */
  contexts(): string[] {
    const listened = [...this.listeners.keys()].map((type) => type.split('.')[0]!);
    return [...new Set([...listened, ...commandTargets(this.registry)])].sort();
  }

  /**
   * The sagas that a message is for. Where a saga cannot tell, the message is addressed to a saga of the stream's name, which shows it to the operator.
   * @throws Error for data that this release cannot read at all
   */
  address(received: Received): Addressed[] {
    if (received.type.endsWith(COMMAND_REFUSED)) return this.addressRefusal(received);
    const listeners = this.listeners.get(received.type);
    if (!listeners) return [];
    const data = this.registry.upcast(received.type, received.version, JSON.parse(received.data));
    return listeners.flatMap(({ saga, input }): Addressed[] => {
      const to = attempt(() => input.saga(data));
      if ('error' in to) return [{ saga, sagaId: received.stream, received, read: () => rethrow(to.error) }];
      if (to.value === null) return [];
      return [{ saga, sagaId: to.value, received, read: () => ({ type: received.type, data: input.take(data) }) }];
    });
  }

  /** A message that is addressed by whoever made it: a deadline, or an operator's word. */
  to(saga: AnySaga, sagaId: string, received: Received): Addressed {
    return { saga, sagaId, received, read: () => ({ type: received.type, data: JSON.parse(received.data) as unknown }) };
  }

  private addressRefusal(received: Received): Addressed[] {
    const data = this.registry.upcast(received.type, received.version, JSON.parse(received.data)) as CommandRefusedData;
    const saga = data.saga.context === this.context ? this.sagas.get(data.saga.name) : undefined;
    if (!saga) return [];
    const { commandId, command, code, detail } = data;
    return [{ saga, sagaId: data.saga.id, received, read: () => ({ type: 'command-refused', data: { commandId, command, code, detail } }) }];
  }
}

/** Contexts that carry out commands: those that can refuse one. */
export const commandTargets = (registry: SchemaRegistry): string[] =>
  registry.all().flatMap(({ type }) => (type.endsWith(COMMAND_REFUSED) ? [type.slice(0, -COMMAND_REFUSED.length)] : []));

/** An event as a message: what it leads to is caused by it. */
export const receivedEvent = (event: StoredEvent): Received => ({
  id: event.id,
  type: event.type,
  version: event.version,
  data: event.data,
  at: event.recordedAt,
  stream: event.stream,
  context: { actor: null, correlationId: event.correlationId, causationId: event.id, traceparent: event.traceparent },
});

function attempt<T>(work: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: work() };
  } catch (error) {
    return { error };
  }
}

function rethrow(error: unknown): never {
  throw error;
}
