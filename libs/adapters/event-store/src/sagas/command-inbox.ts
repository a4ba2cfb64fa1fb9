import type { TravellingCommand } from '@kernel/ports/command-transport.js';
import type { ContextDatabase } from '../context-database.js';

/**
 * Keeps commands in the context's inbox, in one statement; how many of them were new there. One that has a receipt was seen to, and is not kept again: its
 * handler would ask once more whoever it asks before it decides, such as a payment service, and what was refused might be granted.
 */
export async function keepCommands(database: ContextDatabase, commands: readonly TravellingCommand[]): Promise<number> {
  if (commands.length === 0) return 0;
  const { context } = database;
  const rows = await database.query(
    {
      name: `${context}.inbox.receive`,
      text: `insert into ${context}.command_inbox (id, source, saga, saga_id, target, name, data, actor, correlation_id, causation_id, traceparent)
        select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::uuid[], $10::uuid[], $11::text[])
          as c(id)
        where not exists (select from ${context}.receipt r where r.principal = 'saga' and r.route = 'command' and r.key = c.id)
        on conflict (id) do nothing returning id`,
    },
    [
      commands.map(({ id }) => id),
      commands.map(({ source }) => source),
      commands.map(({ saga }) => saga),
      commands.map(({ sagaId }) => sagaId),
      commands.map(() => context),
      commands.map(({ name }) => name),
      commands.map(({ data }) => data),
      commands.map(({ actor }) => actor),
      commands.map(({ correlationId }) => correlationId),
      commands.map(({ causationId }) => causationId),
      commands.map(({ traceparent }) => traceparent),
    ],
  );
  return rows.length;
}
