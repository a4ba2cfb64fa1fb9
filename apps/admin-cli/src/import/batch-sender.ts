import { detailOf, type Answer } from '../client/api.js';
import { Failure } from '../client/failure.js';
import type { ImportCommand } from './commands.js';

/** How a command ended. `created` and `replayed` are the same state of the shop. */
export type Outcome = { readonly outcome: 'created' | 'replayed' } | { readonly outcome: 'refused'; readonly code: string; readonly detail: string };

export interface SenderOptions {
  readonly batchSize: number;
  readonly inFlight: number;
  /** Posts one body to the bulk endpoint. */
  readonly post: (body: string) => Promise<Answer>;
  readonly onOutcome: (command: ImportCommand, outcome: Outcome) => Promise<void> | void;
}

/** The bulk endpoint takes 8 MiB; a character can take more than one byte. */
const MOST_CHARACTERS = 2 * 1024 * 1024;

/** Sends commands in batches, some at a time, and holds its caller back when the server is slower than the file. */
export class BatchSender {
  private batch: ImportCommand[] = [];
  private characters = 0;
  private readonly flying = new Set<Promise<void>>();
  private failure: unknown;
  /** The last answers' consistency tokens: together they cover everything that was sent. */
  readonly tokens: string[] = [];

  constructor(private readonly options: SenderOptions) {}

  /** Takes a command; resolves when the next may come. @throws what a batch failed with */
  async add(command: ImportCommand): Promise<void> {
    if (this.batch.length > 0 && this.characters + command.body.length > MOST_CHARACTERS) await this.launch();
    this.batch.push(command);
    this.characters += command.body.length;
    if (this.batch.length >= this.options.batchSize) await this.launch();
  }

  /** Sends what is left and waits for every answer. @throws what a batch failed with */
  async finish(): Promise<void> {
    await this.launch();
    await Promise.all(this.flying);
    await this.throwFailure();
  }

  private async launch(): Promise<void> {
    while (this.flying.size >= this.options.inFlight) await Promise.race(this.flying);
    await this.throwFailure();
    if (this.batch.length === 0) return;
    const batch = this.batch;
    this.batch = [];
    this.characters = 0;
    const flight = this.send(batch)
      .catch((error: unknown) => void (this.failure ??= error))
      .finally(() => this.flying.delete(flight));
    this.flying.add(flight);
  }

  /** Not before the others have landed: what they were answered is still to be counted. */
  private async throwFailure(): Promise<void> {
    if (this.failure === undefined) return;
    await Promise.all(this.flying);
    throw this.failure;
  }

  private async send(batch: readonly ImportCommand[]): Promise<void> {
    const answer = await this.options.post(`{"commands":[${batch.map(({ body }) => body).join(',')}]}`);
    if (answer.status >= 300) return this.refused(batch, answer);
    const { results, token } = answer.body as { results?: Result[]; token?: string };
    if (token) this.remember(token);
    const byKey = new Map((results ?? []).map((result) => [result.idempotencyKey, result]));
    for (const command of batch) {
      const result = byKey.get(command.idempotencyKey);
      if (!result) throw new Failure(`The server's answer leaves out ${command.idempotencyKey}; is it of another version?`);
      await this.options.onOutcome(command, outcomeOf(result));
    }
  }

  /** A body that is refused as a whole is halved until the command that it is about stands alone. */
  private async refused(batch: readonly ImportCommand[], answer: Answer): Promise<void> {
    if (answer.status === 404) throw new Failure(`The server has no bulk import (${detailOf(answer)}); is --url right, and the server up to date?`);
    if (batch.length === 1) {
      const code = (answer.body as { code?: unknown } | undefined)?.code;
      const refusal = { outcome: 'refused', code: typeof code === 'string' ? code : `status-${answer.status}`, detail: wordsOf(answer) } as const;
      return this.options.onOutcome(batch[0]!, refusal);
    }
    const middle = batch.length >> 1;
    await this.send(batch.slice(0, middle));
    await this.send(batch.slice(middle));
  }

  private remember(token: string): void {
    this.tokens.push(token);
    if (this.tokens.length > this.options.inFlight) this.tokens.shift();
  }
}

interface Result {
  readonly idempotencyKey: string;
  readonly outcome: 'created' | 'replayed' | 'refused';
  readonly code?: string;
  readonly detail?: string;
}

const outcomeOf = ({ outcome, code, detail }: Result): Outcome =>
  outcome === 'refused' ? { outcome, code: code ?? 'refused', detail: detail ?? '' } : { outcome };

function wordsOf(answer: Answer): string {
  const { errors } = (answer.body ?? {}) as { errors?: { field?: string; message?: string }[] };
  const fields = (errors ?? []).map(({ field, message }) => `${field ?? ''} ${message ?? ''}`.trim());
  return [detailOf(answer), ...fields].join('; ');
}
