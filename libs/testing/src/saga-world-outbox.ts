import { CommandInbox, type InboxCommand, type InboxHandler } from '@kernel/ports/command-inbox.js';
import { Refusal } from '@kernel/refusal.js';
import type { AnySaga, IssuedCommand } from '@kernel/saga.js';
import type { MemoryStreams } from './saga-world-store.js';
import { MemoryWork } from './saga-world-work.js';

/** Something that can happen next. */
export type Happening = () => void | Promise<void>;

export interface SagaKey {
  readonly definition: AnySaga;
  readonly id: string;
}

type Answer = { readonly fact: unknown } | { readonly refusal: Refusal };

/** A command under way: its receiver may have asked the world outside already, and not yet have stored what came of it. */
interface UnderWay {
  readonly saga: SagaKey;
  readonly command: IssuedCommand;
  asked?: Answer;
}

export class MemoryInbox extends CommandInbox {
  readonly handlers = new Map<string, InboxHandler>();

  register<Data, Fact>(handler: InboxHandler<Data, Fact>): void {
    this.handlers.set(`${handler.context}.${handler.name}`, handler as unknown as InboxHandler);
  }
}

/** Commands on their way: each is carried out at least once, in no order, and until it is neither accepted nor refused. */
export class MemoryOutbox {
  private readonly underWay: UnderWay[] = [];
  private readonly accepted: UnderWay[] = [];
  private readonly receipts = new Set<string>();

  constructor(
    private readonly inbox: MemoryInbox,
    private readonly streams: MemoryStreams,
    /** Where no command leaves a receipt, the receivers' own guards must do. */
    private readonly forgetful: boolean,
  ) {}

  add(saga: SagaKey, command: IssuedCommand): void {
    this.underWay.push({ saga, command });
  }

  /** Commands of a saga that are no longer tried. */
  giveUp(sagaId: string, isOf: (command: IssuedCommand) => boolean): void {
    const kept = this.underWay.filter(({ saga, command }) => saga.id !== sagaId || !isOf(command));
    this.underWay.splice(0, this.underWay.length, ...kept);
  }

  owed(): Happening[] {
    return this.underWay.map((underWay) => () => this.carryOut(underWay));
  }

  /** A command comes once more, or a process dies between asking and storing. */
  mayhem(): Happening[] {
    return [
      ...this.accepted.slice(-10).map(
        ({ saga, command }) =>
          () =>
            this.carryOutAgain({ saga, command }),
      ),
      ...this.underWay.filter(({ asked }) => asked).map((underWay) => () => void delete underWay.asked),
    ];
  }

  /** What asks the world outside goes on to store what came of it. */
  private async carryOutAgain(underWay: UnderWay): Promise<void> {
    await this.carryOut(underWay);
    if (underWay.asked) await this.carryOut(underWay);
  }

  private async carryOut(underWay: UnderWay): Promise<void> {
    const { command } = underWay;
    const handler = this.inbox.handlers.get(`${command.context}.${command.name}`);
    if (!handler) throw new Error(`nobody carries out ${command.context}.${command.name}`);
    if (this.receipts.has(command.id)) return;
    const data = handler.schema.parse(command.data);
    const order = orderOf(underWay, data);
    const work = new MemoryWork(this.streams, handler.touches(data));
    if (handler.ask && !underWay.asked) return this.ask(underWay, handler, order, work);
    const outcome = await answerOf(async () => decide(handler, order, work, underWay.asked));
    if (isUnavailable(outcome)) return void delete underWay.asked;
    if ('refusal' in outcome) this.refuse(handler, order, work, outcome.refusal);
    work.commit();
    this.done(underWay, 'fact' in outcome);
  }

  private async ask(underWay: UnderWay, handler: InboxHandler, order: InboxCommand, work: MemoryWork): Promise<void> {
    const asked = await answerOf(() => handler.ask!(order, work));
    if (!isUnavailable(asked)) underWay.asked = asked;
  }

  private refuse(handler: InboxHandler, order: InboxCommand, work: MemoryWork, refusal: Refusal): void {
    work.drop();
    handler.refused?.(order, refusal, work);
    const stream = `command-${order.id}`;
    if (work.isChanged || this.streams.of(stream).length > 0) return;
    const data = { commandId: order.id, command: order.name, code: refusal.code, detail: refusal.message, saga: order.saga };
    this.streams.append(stream, [{ type: `${handler.context}.CommandRefused`, version: 1, data }], null);
  }

  private done(underWay: UnderWay, accepted: boolean): void {
    const index = this.underWay.indexOf(underWay);
    if (index >= 0) this.underWay.splice(index, 1);
    if (!this.forgetful) this.receipts.add(underWay.command.id);
    // What was refused once might be accepted by now: of that, nothing but its receipt can tell.
    if (accepted || !this.forgetful) this.accepted.push(underWay);
  }
}

const orderOf = ({ command: { id, name }, saga }: UnderWay, data: unknown): InboxCommand => ({
  id,
  name,
  data,
  actor: null,
  correlationId: 'c',
  causationId: null,
  traceparent: null,
  saga: { context: saga.definition.context, name: saga.definition.name, id: saga.id },
});

function decide(handler: InboxHandler, order: InboxCommand, work: MemoryWork, asked: Answer | undefined): void {
  if (asked && 'refusal' in asked) throw asked.refusal;
  handler.decide(order, work, asked?.fact);
}

const isUnavailable = (answer: Answer): boolean => 'refusal' in answer && answer.refusal.kind === 'unavailable';

async function answerOf(work: () => Promise<unknown>): Promise<Answer> {
  try {
    return { fact: await work() };
  } catch (error) {
    if (error instanceof Refusal) return { refusal: error };
    throw error;
  }
}
