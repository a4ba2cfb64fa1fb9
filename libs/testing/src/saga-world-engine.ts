import { restOf } from '@contexts/ordering/src/sagas/fulfilment.js';
import { advance, armedDeadlines, sagaState, sagaStream, type AnySaga, type Incoming, type SagaStanding, type SagaStep } from '@kernel/saga.js';
import { MemoryOutbox, type Happening, type MemoryInbox, type SagaKey } from './saga-world-outbox.js';
import type { MemoryStreams, Recorded } from './saga-world-store.js';

interface Deadline {
  readonly saga: SagaKey;
  readonly name: string;
  readonly due: string;
}

/**
 * The engine of sagas with all its certainties and none of its habits: every message of a stream comes in the stream's order and at least once, every
 * command is carried out at least once, every deadline is reached; when, between what, and how often, is up to whoever picks what happens next.
 */
export class SagaEngine {
  readonly steps = new Map<string, SagaStep[]>();
  private readonly sagas = new Map<string, SagaKey>();
  /** Undelivered events by stream, in its order. */
  private readonly mail = new Map<string, Recorded[]>();
  private readonly outbox: MemoryOutbox;
  private readonly now: () => string;
  private readonly deadlines = new Map<string, Deadline>();
  /** Deadlines that were read when they were due, and can have been cleared since. */
  private readonly reached: Deadline[] = [];
  private readonly delivered: Recorded[] = [];

  constructor(
    private readonly definitions: readonly AnySaga[],
    { inbox, streams }: { readonly inbox: MemoryInbox; readonly streams: MemoryStreams },
    { now, forgetful }: { readonly now: () => string; readonly forgetful: boolean },
  ) {
    this.now = now;
    this.outbox = new MemoryOutbox(inbox, streams, forgetful);
  }

  onAppend(event: Recorded): void {
    this.mail.set(event.stream, [...(this.mail.get(event.stream) ?? []), event]);
  }

  /** What must happen some time. */
  owed(): Happening[] {
    return [
      ...[...this.mail.keys()].map((stream) => () => this.deliverNext(stream)),
      ...this.outbox.owed(),
      ...[...this.deadlines.values()]
        .filter((deadline) => deadline.due <= this.now() && !this.reached.includes(deadline))
        .map((deadline) => () => void this.reached.push(deadline)),
      ...this.reached.map((deadline) => () => this.fire(deadline)),
    ];
  }

  /** What may happen as well: that something comes again, or that a process dies half way. */
  mayhem(): Happening[] {
    return [...this.delivered.slice(-10).map((event) => () => this.deliver(event)), ...this.outbox.mayhem()];
  }

  /** The next instant at which a deadline is due, for a world that has nothing else to wait for. */
  nextDeadline(): string | undefined {
    return [...this.deadlines.values()].map(({ due }) => due).sort()[0];
  }

  standings(): (SagaStanding & { readonly saga: string; readonly id: string })[] {
    return [...this.sagas].map(([stream, { definition, id }]) => ({
      saga: definition.name,
      id,
      ...definition.standing(sagaState(definition, this.steps.get(stream)!) as never),
    }));
  }

  standing(saga: string, id: string): SagaStanding | undefined {
    return this.standings().find((each) => each.saga === saga && each.id === id);
  }

  /** What its parcels asked of stock is parked, and nobody has it tried again. */
  parkParcels(orderId: string): void {
    this.outbox.giveUp(orderId, ({ name, data }) => name === 'ShipStock' && (data as { parcelId: string }).parcelId !== restOf(orderId));
  }

  /** True where it came to something. */
  operator(saga: string, id: string, word: 'retry' | 'skip' | 'compensate'): boolean {
    const stream = sagaStream(saga, id);
    const key = this.sagas.get(stream);
    if (!key) return false;
    const { length } = this.steps.get(stream)!;
    const messageId = `${word}-${length}`;
    const { step } = this.standing(saga, id)!;
    this.receive(key, { messageId, message: { type: `operator.${word}`, data: { by: 'u-1', reason: 'an operator', step } }, at: this.now() });
    return this.steps.get(stream)!.length > length;
  }

  private deliverNext(stream: string): void {
    const [event, ...rest] = this.mail.get(stream)!;
    if (rest.length > 0) this.mail.set(stream, rest);
    else this.mail.delete(stream);
    this.delivered.push(event!);
    this.deliver(event!);
  }

  private deliver({ id: messageId, type, data, at }: Recorded): void {
    if (type.endsWith('.CommandRefused')) return this.deliverRefusal(messageId, data as Refused, at);
    for (const definition of this.definitions) {
      const input = (definition.inputs as AnyInputs)[type];
      const id = input?.saga(data) ?? null;
      if (input && id !== null) this.receive({ definition, id }, { messageId, message: { type, data: input.take(data) }, at });
    }
  }

  private deliverRefusal(messageId: string, { saga, ...refused }: Refused, at: string): void {
    const definition = this.definitions.find(({ name }) => name === saga.name)!;
    this.receive({ definition, id: saga.id }, { messageId, message: { type: 'command-refused', data: refused }, at });
  }

  private fire(deadline: Deadline): void {
    this.reached.splice(this.reached.indexOf(deadline), 1);
    const { saga, name, due } = deadline;
    const key = `${sagaStream(saga.definition.name, saga.id)}/${name}`;
    this.receive(saga, { messageId: `${key}/${due}`, message: { type: `deadline.${name}`, data: { due } }, at: this.now() });
    if (this.deadlines.get(key)?.due === due) this.deadlines.delete(key);
  }

  private receive(saga: SagaKey, incoming: Incoming): void {
    const stream = sagaStream(saga.definition.name, saga.id);
    const history = this.steps.get(stream) ?? [];
    const step = advance(saga.definition, history, saga.id, incoming);
    if (!step) return;
    this.sagas.set(stream, saga);
    // Through JSON, as a store would have it.
    this.steps.set(stream, [...history, JSON.parse(JSON.stringify(step)) as SagaStep]);
    for (const command of step.commands) this.outbox.add(saga, command);
    const armed = armedDeadlines(this.steps.get(stream)!);
    for (const name of step.cleared) if (!armed.has(name)) this.deadlines.delete(`${stream}/${name}`);
    for (const [name, due] of Object.entries(step.deadlines)) this.deadlines.set(`${stream}/${name}`, { saga, name, due });
  }
}

interface Refused {
  readonly commandId: string;
  readonly command: string;
  readonly code: string;
  readonly detail: string;
  readonly saga: { readonly name: string; readonly id: string };
}
type AnyInputs = Readonly<Record<string, { readonly saga: (data: unknown) => string | null; readonly take: (data: unknown) => unknown } | undefined>>;
