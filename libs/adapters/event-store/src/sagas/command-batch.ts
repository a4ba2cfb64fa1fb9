import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandRefusedType, type CommandRefusedData } from '@kernel/command-refused-events.js';
import type { InboxCommand, InboxHandler } from '@kernel/ports/command-inbox.js';
import { ReceiptExists, UniqueViolation, type EventStore, type Receipt, type StreamAppend } from '@kernel/ports/event-store.js';
import type { IdempotencyClaim } from '@kernel/ports/request-context.js';
import { Refusal } from '@kernel/refusal.js';
import type { SchemaRegistry } from '@kernel/schema-registry.js';
import { BatchWork, loadTouched } from './batch-work.js';

/** How often a batch is decided anew when others got in between. */
const ATTEMPTS = 20;

/** A command with what asking came to. */
export interface Delivery {
  readonly command: InboxCommand;
  readonly attempts: number;
  readonly answer: { readonly fact: unknown } | { readonly refusal: Refusal };
}

/** What became of a command. One that failed has left nothing behind. */
export type Fate = 'accepted' | 'refused' | 'repeated' | { readonly error: unknown };
type Fates = Map<string, Fate>;

interface Ready {
  readonly delivery: Delivery;
  readonly handler: InboxHandler | undefined;
  /** As the schema gives it back, or why it does not. */
  readonly data: { readonly value: unknown } | { readonly malformed: string };
}

/**
 * Commands of one context in one transaction: every aggregate that they touch is loaded at once, they are decided one after the other in memory, and
 * appended once, each with its receipt. A batch that was overtaken is decided anew; one that cannot be loaded or stored because of one command is split.
 */
export class CommandBatch {
  constructor(
    private readonly store: EventStore,
    private readonly registry: SchemaRegistry,
    private readonly handlerOf: (name: string) => InboxHandler | undefined,
  ) {}

  /** @throws nothing: what keeps commands from being carried out is their fate */
  async carryOut(deliveries: readonly Delivery[]): Promise<Fates> {
    const fates: Fates = new Map();
    try {
      await this.attempt(deliveries, fates);
    } catch (error) {
      for (const { command } of deliveries) if (!fates.has(command.id)) fates.set(command.id, { error });
    }
    return fates;
  }

  private async attempt(deliveries: readonly Delivery[], fates: Fates): Promise<void> {
    // A first delivery cannot have a receipt, unless the append says so.
    let known = deliveries.filter(({ attempts }) => attempts > 1);
    for (let attempt = 1; ; attempt++) {
      for (const id of await this.receipts(known)) fates.set(id, 'repeated');
      const open = deliveries.filter(({ command }) => !fates.has(command.id));
      if (open.length === 0) return;
      let stored = open;
      try {
        const { work, decided } = await this.decide(open, fates);
        if (decided.size === 0) return;
        stored = open.filter(({ command }) => decided.has(command.id));
        await this.store.append({
          streams: work.streams(),
          receipts: stored.map((delivery) => receiptOf(delivery, decided.get(delivery.command.id)!)),
        });
        for (const [id, fate] of decided) fates.set(id, fate);
        return;
      } catch (error) {
        if (isOneCommands(error) && stored.length > 1) return this.split(stored, fates);
        if (!isOvertaken(error) || attempt === ATTEMPTS) throw error;
        known = [...deliveries];
        await sleep(Math.random() * 2 * attempt);
      }
    }
  }

  /** The halves by themselves, down to the one that cannot be stored. */
  private async split(deliveries: readonly Delivery[], fates: Fates): Promise<void> {
    const middle = Math.ceil(deliveries.length / 2);
    for (const half of [deliveries.slice(0, middle), deliveries.slice(middle)]) {
      for (const [id, fate] of await this.carryOut(half)) fates.set(id, fate);
    }
  }

  private async receipts(deliveries: readonly Delivery[]): Promise<string[]> {
    return [...(await this.store.receipts(deliveries.map(({ command }) => claimOf(command)))).keys()];
  }

  /** Decides all of them in memory. Those that fail have their fate at once. */
  private async decide(open: readonly Delivery[], fates: Fates): Promise<{ work: BatchWork; decided: Map<string, 'accepted' | 'refused'> }> {
    const ready: Ready[] = [];
    const touched = open.flatMap((delivery) => {
      try {
        const one = this.prepare(delivery);
        const named = one.handler && 'value' in one.data ? one.handler.touches(one.data.value) : [];
        ready.push(one);
        return named;
      } catch (error) {
        return (fates.set(delivery.command.id, { error }), []);
      }
    });
    const work = new BatchWork(await loadTouched(touched));
    const decided = new Map<string, 'accepted' | 'refused'>();
    for (const one of ready) {
      try {
        decided.set(one.delivery.command.id, this.decideOne(one, work));
      } catch (error) {
        fates.set(one.delivery.command.id, { error });
      }
    }
    return { work, decided };
  }

  private prepare(delivery: Delivery): Ready {
    const { command } = delivery;
    const handler = this.handlerOf(command.name);
    const parsed = handler?.schema.safeParse(command.data);
    return { delivery, handler, data: parsed?.success ? { value: parsed.data } : { malformed: parsed?.error?.message ?? '' } };
  }

  /** @throws what is to be tried again */
  private decideOne({ delivery, handler, data }: Ready, work: BatchWork): 'accepted' | 'refused' {
    const { command, answer } = delivery;
    work.begin(command);
    if (!handler) return this.refuse(command, 'refusal' in answer ? answer.refusal : unknownCommand(this.store.context, command), work);
    if ('malformed' in data) return this.refuse(command, 'refusal' in answer ? answer.refusal : malformed(command, data.malformed), work);
    const read = { ...command, data: data.value };
    try {
      if ('refusal' in answer) throw answer.refusal;
      handler.decide(read, work, answer.fact);
      work.keep();
      return 'accepted';
    } catch (error) {
      if (!(error instanceof Refusal) || error.kind === 'unavailable') throw error;
      work.begin(command);
      return this.refuse(read, error, work, handler);
    }
  }

  /** Tells the saga: by the domain's own event where it has one, else by the context's. */
  private refuse(command: InboxCommand, refusal: Refusal, work: BatchWork, handler?: InboxHandler): 'refused' {
    try {
      handler?.refused?.(command, refusal, work);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      work.begin(command);
    }
    if (!work.isChanged) work.append(this.commandRefused(command, refusal));
    work.keep();
    return 'refused';
  }

  private commandRefused(command: InboxCommand, refusal: Refusal): StreamAppend {
    const type = commandRefusedType(this.store.context);
    const data: CommandRefusedData = {
      commandId: command.id,
      command: command.name,
      code: refusal.code,
      detail: refusal.message,
      saga: command.saga,
    };
    return { stream: `command-${command.id}`, expectedVersion: 0, events: [{ type, version: this.registry.current(type).version, data }] };
  }
}

/** By which a command is known to have been seen to. */
export const claimOf = ({ id, name, data }: InboxCommand): IdempotencyClaim => ({
  principal: 'saga',
  route: 'command',
  key: id,
  bodyDigest: hash('md5', JSON.stringify([name, data])),
});

const receiptOf = ({ command }: Delivery, fate: 'accepted' | 'refused'): Receipt => ({
  ...claimOf(command),
  outcome: { status: fate === 'accepted' ? 200 : 409, body: null },
});

const unknownCommand = (context: string, { name }: InboxCommand): Refusal =>
  new Refusal('saga.command-unknown', 'invalid', `${context} knows no command ${name}`);

const malformed = ({ name }: InboxCommand, detail: string): Refusal =>
  new Refusal('saga.command-malformed', 'invalid', `${name} is not as its schema says: ${detail}`);

const isOvertaken = (error: unknown): boolean =>
  error instanceof ReceiptExists || (error instanceof Refusal && (error.kind === 'stale' || error.kind === 'in-flight'));

/** Errors about what was to be looked up or stored, not about doing so: SQL's classes 22 (data) and 23 (constraints) among them. */
export const isOneCommands = (error: unknown): boolean =>
  (error as Error | undefined)?.name === 'ZodError' ||
  error instanceof UniqueViolation ||
  (error instanceof Refusal && error.kind === 'invalid') ||
  /^2[23]/.test(String((error as { code?: unknown } | undefined)?.code ?? ''));
