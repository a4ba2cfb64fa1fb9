import type { DatabaseTarget } from '@adapters/event-store/src/backup/database-target.js';
import type { IssuedCommand, SagaStep } from '@kernel/saga.js';

/** Steps of sagas that are looked at in one go. */
const STEPS = 2_000;

interface StepRow {
  readonly id: string;
  readonly data: string;
  readonly actor: string | null;
  readonly correlation_id: string;
  readonly causation_id: string | null;
  readonly traceparent: string | null;
}

/**
 * Commands that sagas of `sender` had sent and that no receiver had by the moment of the backup were on topics, which no backup has. The steps of the sagas
 * tell of every command, so they go out once more; a receiver's receipts would catch one too many.
 * @param targets by context
 * @returns how many there were
 */
export async function sendAgain(sender: string, own: DatabaseTarget, targets: ReadonlyMap<string, DatabaseTarget>): Promise<number> {
  let sent = 0;
  await own.rows(
    `declare step no scroll cursor for select e.id, e.data, e.actor, e.correlation_id, e.causation_id, e.traceparent
     from ${sender}.event e left join ${sender}.event_log l on l.event_id = e.id where e.type = $1 order by l.position, e.id`,
    [`${sender}.SagaAdvanced`],
  );
  for (;;) {
    const steps = await own.rows<StepRow>(`fetch ${STEPS} from step`);
    if (steps.length === 0) return (await own.rows('close step'), sent);
    const asked = steps.flatMap((row) => {
      const { saga, sagaId, commands } = JSON.parse(row.data) as SagaStep;
      return commands.map((command) => ({ command, saga, sagaId, row }));
    });
    const known = await knownOf(
      sender,
      own,
      targets,
      asked.map(({ command }) => command),
    );
    const lost = asked.filter(({ command }) => !known.has(command.id));
    for (const { command, saga, sagaId, row } of lost)
      await own.rows(
        `insert into ${sender}.command_outbox (id, saga, saga_id, target, name, data, actor, correlation_id, causation_id, traceparent)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (id) do nothing`,
        [
          command.id,
          saga,
          sagaId,
          command.context,
          command.name,
          JSON.stringify(command.data ?? null),
          row.actor,
          row.correlation_id,
          row.causation_id,
          row.traceparent,
        ],
      );
    sent += lost.length;
  }
}

/** Ids of those that wait at the sender, or that their receiver has or has carried out, or that an operator gave up. */
async function knownOf(
  sender: string,
  own: DatabaseTarget,
  targets: ReadonlyMap<string, DatabaseTarget>,
  commands: readonly IssuedCommand[],
): Promise<Set<string>> {
  const known = new Set<string>();
  const look = async (at: DatabaseTarget, text: string, ids: readonly string[]): Promise<void> => {
    for (const { id } of await at.rows<{ id: string }>(text, [ids])) known.add(id);
  };
  await look(
    own,
    `select id from ${sender}.command_outbox where id = any($1)`,
    commands.map(({ id }) => id),
  );
  for (const [context, ofContext] of Map.groupBy(commands, (command) => command.context)) {
    const target = targets.get(context);
    const ids = ofContext.map(({ id }) => id);
    // A context that is not of this system can be told nothing.
    if (!target) ids.forEach((id) => known.add(id));
    else
      await look(
        target,
        `select key as id from ${context}.receipt where principal = 'saga' and route = 'command' and key = any($1)
         union select id from ${context}.command_inbox where id = any($1)`,
        ids,
      );
  }
  return known;
}
