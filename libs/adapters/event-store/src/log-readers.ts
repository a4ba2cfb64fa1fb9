import type { ContextDatabase } from './context-database.js';

/** What whoever reads a context's log must be allowed; all else in its database (credentials, keys, sessions, orders) is its own. */
const GRANTS = [
  ['event, event_log, sequencer, migration', 'select'],
  // An audit keeps the digests of blocks that it found equal; with them it can raise a false alarm, and hide nothing.
  ['block_digest', 'select, insert'],
] as const;

/** The role that reads a context's log. */
const readerOf = (context: string): string => `${context}_reader`;

/** Lets the reader of a context's log read it, and no more, where the database has such a role: whoever owns the tables says so after each migration. */
export async function letReaderRead(database: ContextDatabase): Promise<void> {
  const { context } = database;
  const reader = readerOf(context);
  const [found] = await database.query({ name: `${context}.reader`, text: 'select 1 from pg_roles where rolname = $1' }, [reader]);
  if (!found) return;
  const grants = GRANTS.map(([tables, what]) => `grant ${what} on ${tables.replaceAll(/\w+/g, (table) => `${context}.${table}`)} to ${reader};`);
  const text = `do $$ begin grant usage on schema ${context} to ${reader}; ${grants.join(' ')} end $$`;
  await database.query({ name: `${context}.let-reader-read`, text }, []);
}
