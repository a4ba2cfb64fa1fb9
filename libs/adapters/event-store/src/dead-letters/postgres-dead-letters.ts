import { deadLetterDiscardedType, type DeadLetterDiscardedData } from '@kernel/dead-letter-events.js';
import type { CommandTransport } from '@kernel/ports/command-transport.js';
import {
  DeadLetters,
  DEAD_LETTER_KINDS,
  type DeadLetter,
  type DeadLetterDetail,
  type DeadLetterFilter,
  type DeadLetterKind,
  type DiscardedDeadLetter,
  type RetriedDeadLetter,
} from '@kernel/ports/dead-letters.js';
import type { CommandOutcome, EventStores, InlineRow } from '@kernel/ports/event-store.js';
import { ensureExpected, type RequestContext } from '@kernel/ports/request-context.js';
import { ensure, Refusal } from '@kernel/refusal.js';
import type { SchemaRegistry } from '@kernel/schema-registry.js';
import type { ContextDatabase } from '../context-database.js';
import type { Inbox } from '../sagas/inbox.js';
import { countDeadLetters, findDeadLetter, kindsOf, listDeadLetters, type DeadLetterCount } from './dead-letter-rows.js';
import { retryCommand, retryMessage, retryPoison, type ParkedMessages } from './dead-letter-retries.js';
import { detailOf, sourceOf, type DeadLetterSource } from './dead-letter-sources.js';
import { unbegunSaga } from './unbegun-saga.js';

export interface DeadLettersParts {
  /** Databases of the contexts whose dead letters these are. */
  readonly databases: readonly ContextDatabase[];
  readonly stores: EventStores;
  readonly registry: SchemaRegistry;
  readonly scope: RequestContext;
  /** What this process does for sagas, if anything. */
  readonly inbox: Inbox | null;
  /** The sagas of this process, if any. */
  readonly sagas: ParkedMessages | null;
  readonly transport: Pick<CommandTransport, 'read'> | null;
  readonly onError: (error: unknown) => void;
}

/** One dead letter that an operator has decided about. */
interface Decided {
  readonly letter: DeadLetter;
  readonly seq: string;
  readonly database: ContextDatabase;
  readonly source: DeadLetterSource;
}

const ID = new RegExp(`^(${DEAD_LETTER_KINDS.join('|')})-(\\d{1,18})$`);

/** The dead letters of this process' contexts, each in its own database. */
export class PostgresDeadLetters extends DeadLetters {
  private readonly databases: ReadonlyMap<string, ContextDatabase>;

  constructor(private readonly parts: DeadLettersParts) {
    super();
    this.databases = new Map(parts.databases.map((database) => [database.context, database]));
  }

  async list(context: string, filter: DeadLetterFilter): Promise<DeadLetter[]> {
    return listDeadLetters(this.database(context), this.kinds(context), filter);
  }

  async one(context: string, id: string): Promise<DeadLetterDetail> {
    const { letter, source } = await this.find(context, id);
    return { ...letter, ...detailOf(source) };
  }

  async retry(context: string, id: string): Promise<CommandOutcome<RetriedDeadLetter>> {
    const decided = await this.decide(context, id);
    const outcome = { status: 200, body: { id, ...(await this.tryAgain(decided)) } };
    const { idempotency } = this.parts.scope.current();
    if (idempotency) await this.parts.stores.store(context).append({ streams: [], receipts: [{ ...idempotency, outcome }] });
    return outcome;
  }

  async discard(context: string, id: string, reason: string): Promise<CommandOutcome<DiscardedDeadLetter>> {
    const decided = await this.decide(context, id);
    const outcome =
      decided.source.kind === 'command' ? await this.discardCommand(decided, decided.source, reason) : await this.record(decided, reason);
    if (decided.source.kind === 'message') await this.goOn(decided.source);
    return outcome;
  }

  async counts(): Promise<DeadLetterCount[]> {
    const counts = await Promise.all([...this.databases].map(([context, database]) => countDeadLetters(database, this.kinds(context))));
    return counts.flat();
  }

  private tryAgain({ letter, source, seq, database }: Decided): Promise<Omit<RetriedDeadLetter, 'id'>> {
    if (source.kind === 'message') return retryMessage(database, source, this.parts.sagas);
    if (source.kind === 'poison') return retryPoison(database, seq, source.message, this.parts.transport);
    return retryCommand(database, letter.kind, seq);
  }

  /** A retry at the same time may find the refusal and remove the command first: what was given up here is recorded all the same. */
  private async discardCommand(
    decided: Decided,
    source: DeadLetterSource & { kind: 'command' },
    reason: string,
  ): Promise<CommandOutcome<DiscardedDeadLetter>> {
    const isRefused = await this.refuse(source, reason);
    try {
      return await this.record(decided, reason);
    } catch (error) {
      if (!isRefused || !(error instanceof Refusal) || error.kind !== 'stale') throw error;
      return this.record(decided, reason, { isGone: true });
    }
  }

  /** Its saga waits for an answer: this is it, unless it got one before. */
  private async refuse({ command, target }: DeadLetterSource & { kind: 'command' }, reason: string): Promise<boolean> {
    const { inbox, stores } = this.parts;
    const message = `It is carried out by ${target}, which is not here: retry it, and it goes there`;
    if (!inbox || !stores.contexts().includes(target)) throw new Refusal('dead-letter.not-discardable', 'conflict', message, { context: target });
    return inbox.refuse(target, { ...command, actor: this.operator() }, new Refusal('command.discarded', 'conflict', reason));
  }

  /** Removes it, in the transaction that tells who gave it up and why. */
  private async record(
    { letter, seq, database, source }: Decided,
    reason: string,
    { isGone = false } = {},
  ): Promise<CommandOutcome<DiscardedDeadLetter>> {
    const { scope, stores } = this.parts;
    const { id, context, kind, type, subject } = letter;
    const by = this.operator();
    const outcome: CommandOutcome<DiscardedDeadLetter> = { status: 200, body: { id, discardedBy: by, reason }, version: 1 };
    const data: DeadLetterDiscardedData = { deadLetterId: id, kind, type, subject, messageId: detailOf(source).messageId, reason };
    const eventType = deadLetterDiscardedType(context);
    const event = { type: eventType, version: this.parts.registry.current(eventType).version, data };
    const row: InlineRow = { table: 'dead_letter_discard', key: 'id', row: { id, kind, seq, reason, discarded_by: by, version: 1 } };
    const inline = isGone ? [] : [row, ...(source.kind === 'message' ? await unbegunSaga(database, source) : [])];
    const { idempotency } = scope.current();
    const { token } = await stores.store(context).append({
      streams: [{ stream: `dead-letter-${id}`, expectedVersion: 0, events: [event], inline }],
      ...(idempotency && { receipts: [{ ...idempotency, outcome }] }),
    });
    return { ...outcome, token };
  }

  /** What waited behind a message that is gone. Where it cannot go on just now, it waits on for a retry of its own. */
  private async goOn({ saga, sagaId, behind }: DeadLetterSource & { kind: 'message' }): Promise<void> {
    if (behind === 0) return;
    try {
      await this.parts.sagas?.retryParked(saga, sagaId);
    } catch (error) {
      this.parts.onError(error);
    }
  }

  private async decide(context: string, id: string): Promise<Decided> {
    const decided = await this.find(context, id);
    ensureExpected(this.parts.scope.current(), 0);
    const { state, subject } = decided.letter;
    ensure(state === 'parked', 'dead-letter.held', `It waits behind another message of ${subject}: see to that one first`, { subject });
    return decided;
  }

  private async find(context: string, id: string): Promise<Decided> {
    const database = this.database(context);
    const [, kind, seq = ''] = (ID.exec(id) ?? []) as [string?, DeadLetterKind?, string?];
    if (!kind || !this.kinds(context).includes(kind)) throw unknown(context, id);
    const [letter, source] = await Promise.all([findDeadLetter(database, kind, seq), sourceOf(database, kind, seq)]);
    if (!letter || !source) throw unknown(context, id);
    return { letter, seq, database, source };
  }

  private database(context: string): ContextDatabase {
    const database = this.databases.get(context);
    if (database) return database;
    const contexts = [...this.databases.keys()];
    throw new Refusal('context.not-found', 'not-found', `There are no dead letters of ${context} here, but of ${contexts.join(', ')}`, { contexts });
  }

  private kinds(context: string): DeadLetterKind[] {
    return kindsOf(context, this.parts.registry);
  }

  private operator(): string {
    return this.parts.scope.current().principal?.id ?? 'system';
  }
}

const unknown = (context: string, id: string): Refusal =>
  new Refusal('dead-letter.not-found', 'not-found', `${context} has no dead letter ${id}: it was seen to, or never was`, { context, id });
