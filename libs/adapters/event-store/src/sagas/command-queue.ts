import type { InboxCommand } from '@kernel/ports/command-inbox.js';
import type { ContextDatabase } from '../context-database.js';
import { CommandClaims } from './command-claims.js';

/** A command in hand: claimed until it is finished or given back, or its lease is over, which its owner renews for as long as it lives. */
export interface ClaimedCommand {
  readonly seq: number;
  readonly target: string;
  readonly command: InboxCommand;
  /** Its data as it was asked for, JSON text. */
  readonly text: string;
  /** Which delivery this is, from 1; only the first cannot have been carried out before. */
  readonly attempts: number;
}

/** A command that could not be carried out this time. */
export interface PutBack {
  readonly id: string;
  readonly attempts: number;
  /** How many deliveries count from now on, where it is not all of them. */
  readonly counted?: number;
  readonly error: string;
  /** When it may be tried again; null parks it for an operator. */
  readonly inMs: number | null;
}

export interface ClaimLimits {
  /** Commands that ask first, as `context.name`, and how many of them are wanted. */
  readonly asks: readonly string[];
  readonly asking: number;
  /** Contexts whose other commands are wanted, and how many of those. */
  readonly targets: readonly string[];
  readonly others: number;
}

/** Where a queue's rows are. */
interface Place {
  readonly name: 'outbox' | 'inbox';
  readonly table: string;
  readonly claim: string;
  readonly finish: string;
}
const OUTBOX: Place = { name: 'outbox', table: 'command_outbox', claim: 'claim_commands', finish: 'finish_commands' };
const INBOX: Place = { name: 'inbox', table: 'command_inbox', claim: 'claim_received_commands', finish: 'finish_received_commands' };

/**
 * Commands that are still to be carried out, in one context's database: its outbox holds those that its own sagas asked for, its inbox those that
 * were sent to it.
 */
export class CommandQueue {
  readonly context: string;
  private readonly claims: CommandClaims;

  private constructor(
    private readonly place: Place,
    private readonly database: ContextDatabase,
    private readonly owner: string,
    private readonly leaseMs: number,
  ) {
    this.context = database.context;
    this.claims = new CommandClaims(leaseMs, (claims) => this.renew(claims));
  }

  /** @param owner names the claims of one dispatcher */
  static outbox(database: ContextDatabase, owner: string, leaseMs: number): CommandQueue {
    return new CommandQueue(OUTBOX, database, owner, leaseMs);
  }

  /** @param owner names the claims of one dispatcher */
  static inbox(database: ContextDatabase, owner: string, leaseMs: number): CommandQueue {
    return new CommandQueue(INBOX, database, owner, leaseMs);
  }

  /** Claims what is due, the oldest first. */
  async claim({ targets, asks, others, asking }: ClaimLimits): Promise<ClaimedCommand[]> {
    const rows = await this.query<QueueRow>('claim', `select * from ${this.context}.${this.place.claim}($1, $2, $3, $4, $5, $6)`, [
      this.owner,
      targets,
      asks,
      others,
      asking,
      this.leaseMs,
    ]);
    this.claims.add(rows);
    return rows.map((row) => this.claimed(row)).sort((a, b) => a.seq - b.seq);
  }

  /** Forgets commands that were carried out. */
  async finish(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    this.claims.drop(ids);
    await this.query('finish', `select ${this.context}.${this.place.finish}($1)`, [ids]);
  }

  /** Gives claims back; one that another dispatcher has taken over meanwhile stays with it. */
  async putBack(commands: readonly PutBack[]): Promise<void> {
    if (commands.length === 0) return;
    this.claims.drop(commands.map(({ id }) => id));
    await this.query(
      'put-back',
      `update ${this.context}.${this.place.table} o
       set claimed_by = null, attempts = b.counted, error = b.error, parked = b.in_ms is null, next_attempt_at = clock_timestamp() + coalesce(b.in_ms, 0) * interval '1 millisecond'
       from unnest($2::text[], $3::int[], $4::text[], $5::float8[], $6::int[]) as b(id, attempts, error, in_ms, counted)
       where o.id = b.id and o.claimed_by = $1 and o.attempts = b.attempts`,
      [
        this.owner,
        commands.map(({ id }) => id),
        commands.map(({ attempts }) => attempts),
        commands.map(({ error }) => error.replaceAll('\0', '')),
        commands.map(({ inMs }) => inMs),
        commands.map(({ counted, attempts }) => counted ?? attempts),
      ],
    );
  }

  /** Gives claims back as if they had not been made. */
  async release(commands: readonly ClaimedCommand[]): Promise<void> {
    if (commands.length === 0) return;
    this.claims.drop(commands.map(({ command }) => command.id));
    await this.query(
      'release',
      `update ${this.context}.${this.place.table} set claimed_by = null, next_attempt_at = '-infinity' where id = any($2) and claimed_by = $1`,
      [this.owner, commands.map(({ command }) => command.id)],
    );
  }

  /** Ends every claim, as after a kill of the only process. */
  async takeOver(): Promise<void> {
    await this.query(
      'take-over',
      `update ${this.context}.${this.place.table} set claimed_by = null, next_attempt_at = '-infinity' where claimed_by is not null`,
      [],
    );
  }

  /** Not those that another has taken over, and without waiting for a row that somebody is at: it is about to go, or to change hands. */
  private async renew(claims: readonly { readonly id: string; readonly attempts: number }[]): Promise<void> {
    await this.query(
      'renew',
      `update ${this.context}.${this.place.table} set next_attempt_at = clock_timestamp() + $2 * interval '1 millisecond'
       where seq in (
         select o.seq from ${this.context}.${this.place.table} o join unnest($3::text[], $4::int[]) as c(id, attempts) using (id, attempts)
         where o.claimed_by = $1 and not o.parked for update of o skip locked
       )`,
      [this.owner, this.leaseMs, claims.map(({ id }) => id), claims.map(({ attempts }) => attempts)],
    );
  }

  private claimed(row: QueueRow): ClaimedCommand {
    const { seq, target, data: text, attempts } = row;
    return { seq: Number(seq), target, command: commandOf({ source: this.context, ...row }), text, attempts };
  }

  private query<Row extends object>(name: string, text: string, values: readonly unknown[]): Promise<Row[]> {
    return this.database.query<Row>({ name: `${this.context}.${this.place.name}.${name}`, text }, values);
  }
}

/** A command as it lies in a table of commands. */
export interface CommandRow {
  readonly id: string;
  /** Context of the saga that asked. */
  readonly source: string;
  readonly saga: string;
  readonly saga_id: string;
  readonly target: string;
  readonly name: string;
  readonly data: string;
  readonly actor: string | null;
  readonly correlation_id: string;
  readonly causation_id: string | null;
  readonly traceparent: string | null;
  readonly attempts: number;
}

/** An outbox has no `source`: its commands are of its own context's sagas. */
type QueueRow = Omit<CommandRow, 'source'> & Partial<Pick<CommandRow, 'source'>> & { readonly seq: string };

export function commandOf(row: Omit<CommandRow, 'target' | 'attempts'>): InboxCommand {
  const { id, name, actor, correlation_id: correlationId, causation_id: causationId, traceparent } = row;
  const saga = { context: row.source, name: row.saga, id: row.saga_id };
  return { id, name, data: JSON.parse(row.data) as unknown, saga, actor, correlationId, causationId, traceparent };
}
