import type { CommandTransport, Reception } from '@kernel/ports/command-transport.js';
import type { ContextDatabase } from '../context-database.js';
import { CommandReception, type ReceptionParts } from './command-reception.js';
import { SAGA_ENGINE_DEFAULTS } from './saga-options.js';

/** By which nothing comes. */
const nothing: Pick<CommandTransport, 'receive'> = { receive: (): Reception => ({ close: async () => undefined }) };

/**
 * Carries out what lies in the inboxes of these contexts where nobody else does: databases that services of their own worked over before, taken over by one process.
 * How many commands that is; with none nothing is started. What is parked waits for its operator, and goes on from there as well.
 */
export async function carryOutLeftCommands({ databases, ...parts }: Pick<ReceptionParts, 'databases' | 'inbox' | 'onError'>) {
  const left = await Promise.all(databases.map((database) => countOf(database)));
  const held = databases.filter((_, index) => left[index]! > 0);
  const reception = new CommandReception({ ...parts, databases: held, transport: nothing, options: SAGA_ENGINE_DEFAULTS });
  reception.start();
  return { commands: left.reduce((sum, count) => sum + count, 0), stop: () => reception.stop() };
}

async function countOf(database: ContextDatabase): Promise<number> {
  const { context } = database;
  const [row] = await database.query<{ n: number }>(
    { name: `${context}.inbox.left`, text: `select count(*)::int as n from ${context}.command_inbox` },
    [],
  );
  return row!.n;
}
