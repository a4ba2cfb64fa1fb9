import type { CommandTransport, TravellingCommand } from '@kernel/ports/command-transport.js';
import type { DeadLetterKind, PoisonMessage, RetriedDeadLetter } from '@kernel/ports/dead-letters.js';
import { Refusal } from '@kernel/refusal.js';
import type { ContextDatabase } from '../context-database.js';
import { keepCommands } from '../sagas/command-inbox.js';
import { COMMAND_TABLES, type DeadLetterSource } from './dead-letter-sources.js';

type Retried = Omit<RetriedDeadLetter, 'id'>;

/** Where the parked messages of sagas are handled. */
export interface ParkedMessages {
  /** Handles all of one saga again, in order; false where this release has no such saga. */
  retryParked(saga: string, id: string): Promise<boolean>;
}

export async function retryMessage(
  database: ContextDatabase,
  { saga, sagaId, messageId }: DeadLetterSource & { kind: 'message' },
  sagas: ParkedMessages | null,
): Promise<Retried> {
  if (!(await sagas?.retryParked(saga, sagaId))) {
    throw new Refusal('dead-letter.not-retryable', 'conflict', `This release has no saga ${saga}: deploy one that does, or discard it`, { saga });
  }
  const { context } = database;
  // Wherever it is parked now: this release may address it to another saga of the kind.
  const [parked] = await database.query<{ reason: string }>(
    { name: `${context}.dead-letters.still-parked`, text: `select reason from ${context}.parked_message where saga = $1 and message_id = $2` },
    [saga, messageId],
  );
  return parked ? { outcome: 'parked', reason: parked.reason } : { outcome: 'handled' };
}

/** Due at once, and not for the first time: what was carried out, unknown to its queue, must be found by its receipt. */
export async function retryCommand(database: ContextDatabase, kind: DeadLetterKind, seq: string): Promise<Retried> {
  const { context } = database;
  await database.query(
    {
      name: `${context}.dead-letters.retry-${kind}`,
      text: `update ${context}.${COMMAND_TABLES[kind as keyof typeof COMMAND_TABLES]}
        set parked = false, attempts = 1, error = null, next_attempt_at = '-infinity' where seq = $1 and parked`,
    },
    [seq],
  );
  return { outcome: 'queued' };
}

/** A command that this release can read is received as it should have been. Events come from the log by themselves: theirs has nothing to be tried. */
export async function retryPoison(
  database: ContextDatabase,
  seq: string,
  message: PoisonMessage,
  transport: Pick<CommandTransport, 'read'> | null,
): Promise<Retried> {
  if (!transport || message.topic !== `${database.context}.commands`) {
    const told = `What ${message.topic} should have told there came from the log instead: nothing is lost, discard it`;
    throw new Refusal('dead-letter.not-retryable', 'conflict', told, { topic: message.topic });
  }
  let command: TravellingCommand;
  try {
    command = transport.read(message);
  } catch (error) {
    return { outcome: 'parked', reason: (error as Error).message };
  }
  await keepCommands(database, [command]);
  await database.query(
    { name: `${database.context}.dead-letters.received`, text: `update ${database.context}.dead_letter set resolved = 'retried' where seq = $1` },
    [seq],
  );
  return { outcome: 'queued' };
}
