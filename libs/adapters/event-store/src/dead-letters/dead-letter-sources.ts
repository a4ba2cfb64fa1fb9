import type { InboxCommand } from '@kernel/ports/command-inbox.js';
import type { DeadLetterDetail, DeadLetterKind, PoisonMessage } from '@kernel/ports/dead-letters.js';
import type { ContextDatabase } from '../context-database.js';
import { commandOf, type CommandRow } from '../sagas/command-queue.js';

/** What a dead letter is made of, as it lies in its table. */
export type DeadLetterSource =
  | {
      readonly kind: 'message';
      readonly saga: string;
      readonly sagaId: string;
      readonly messageId: string;
      readonly behind: number;
      readonly data: string;
    }
  | { readonly kind: 'command'; readonly command: InboxCommand; readonly target: string; readonly attempts: number; readonly data: string }
  | { readonly kind: 'poison'; readonly message: PoisonMessage };

/** Tables of commands by kind. */
export const COMMAND_TABLES = { 'outbox-command': 'command_outbox', 'inbox-command': 'command_inbox' } as const;

/** Undefined where it was seen to meanwhile. */
export async function sourceOf(database: ContextDatabase, kind: DeadLetterKind, seq: string): Promise<DeadLetterSource | undefined> {
  if (kind === 'saga-message') return sagaMessage(database, seq);
  if (kind === 'topic-message') return topicMessage(database, seq);
  return parkedCommand(database, kind, seq);
}

async function sagaMessage(database: ContextDatabase, seq: string): Promise<DeadLetterSource | undefined> {
  const { context } = database;
  const [row] = await database.query<{ saga: string; saga_id: string; message_id: string; data: string; behind: number }>(
    {
      name: `${context}.dead-letters.saga-message`,
      text: `select saga, saga_id, message_id, data,
          (select count(*)::int from ${context}.parked_message b where b.saga = p.saga and b.saga_id = p.saga_id and b.seq > p.seq) as behind
        from ${context}.parked_message p where seq = $1`,
    },
    [seq],
  );
  return row && { kind: 'message', saga: row.saga, sagaId: row.saga_id, messageId: row.message_id, behind: row.behind, data: row.data };
}

async function parkedCommand(database: ContextDatabase, kind: keyof typeof COMMAND_TABLES, seq: string): Promise<DeadLetterSource | undefined> {
  const { context } = database;
  const source = kind === 'inbox-command' ? 'source' : `'${context}'`;
  const [row] = await database.query<CommandRow>(
    {
      name: `${context}.dead-letters.${kind}`,
      text: `select id, ${source} as source, saga, saga_id, target, name, data, actor, correlation_id, causation_id, traceparent, attempts
        from ${context}.${COMMAND_TABLES[kind]} where seq = $1 and parked`,
    },
    [seq],
  );
  if (!row) return undefined;
  const { target, attempts, data } = row;
  return { kind: 'command', command: commandOf(row), target, attempts, data };
}

interface TopicRow {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly consumer: string;
  readonly reason: string;
  readonly key: string | null;
  readonly headers: string;
  readonly value: Buffer | null;
}

async function topicMessage(database: ContextDatabase, seq: string): Promise<DeadLetterSource | undefined> {
  const { context } = database;
  const [row] = await database.query<TopicRow>(
    {
      name: `${context}.dead-letters.topic-message`,
      text: `select topic, partition, "offset", consumer, reason, key, headers, value from ${context}.dead_letter where seq = $1 and resolved is null`,
    },
    [seq],
  );
  if (!row) return undefined;
  const { consumer: group, headers, offset, ...rest } = row;
  return { kind: 'poison', message: { context, ...rest, offset: String(offset), group, headers: JSON.parse(headers) as Record<string, string> } };
}

/** What its kind tells beside what all of them do. */
export function detailOf(
  source: DeadLetterSource,
): Omit<DeadLetterDetail, 'id' | 'context' | 'kind' | 'type' | 'subject' | 'state' | 'reason' | 'parkedAt'> {
  const none = { headers: {}, attempts: null, behind: 0, encoding: 'text' as const };
  if (source.kind === 'message') return { ...none, messageId: source.messageId, data: source.data, behind: source.behind };
  if (source.kind === 'command') return { ...none, messageId: source.command.id, data: source.data, attempts: source.attempts };
  const { headers, value } = source.message;
  return { ...none, messageId: null, headers, ...legible(value) };
}

function legible(value: Uint8Array | null): Pick<DeadLetterDetail, 'data' | 'encoding'> {
  if (value === null) return { data: '', encoding: 'text' };
  try {
    return { data: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value), encoding: 'text' };
  } catch {
    return { data: Buffer.from(value).toString('base64'), encoding: 'base64' };
  }
}
