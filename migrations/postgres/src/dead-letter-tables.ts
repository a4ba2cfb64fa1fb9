import { Migration } from '@mikro-orm/migrations';

/** Which tables of a context hold what waits for an operator, beside its topics' messages; names are those of `DeadLetterKind`. */
const QUEUES = {
  'saga-message': { table: 'parked_message', condition: 'true' },
  'outbox-command': { table: 'command_outbox', condition: 'parked' },
  'inbox-command': { table: 'command_inbox', condition: 'parked' },
} as const;
type Queue = keyof typeof QUEUES;

const deadLetterTables = (schema: string, queues: readonly Queue[]): string[] => [
  // A message that was seen to stays: one that is delivered again, to another group or after offsets were reset, must not come back.
  `create table ${schema}.dead_letter (
     seq bigint generated always as identity (cache 1) primary key,
     topic text not null,
     partition int not null,
     "offset" bigint not null,
     digest text not null,
     consumer text not null,
     key text,
     headers text not null,
     value bytea,
     reason text not null,
     parked_at timestamptz(3) not null default clock_timestamp(),
     resolved text,
     unique (topic, partition, "offset", digest)
   )`,
  `create index dead_letter_open on ${schema}.dead_letter (parked_at desc) where resolved is null`,
  // Who gave up what, and why. `version` is what every row that is written with events has.
  `create table ${schema}.dead_letter_discard (
     id text primary key,
     kind text not null,
     seq bigint not null,
     reason text not null,
     discarded_by text not null,
     discarded_at timestamptz(3) not null default clock_timestamp(),
     version int not null
   )`,
  discardFunction(schema, queues),
  `create trigger dead_letter_discarded after insert on ${schema}.dead_letter_discard
     for each row execute function ${schema}.discard_dead_letter()`,
];

/** Removes what is discarded in the transaction that records it. NC001: it is no longer parked, so the decision was made on what is over. */
const discardFunction = (schema: string, queues: readonly Queue[]): string => `
create function ${schema}.discard_dead_letter() returns trigger language plpgsql as $$
declare
  v_count int;
begin
  if new.kind = 'topic-message' then
    update ${schema}.dead_letter set resolved = 'discarded' where seq = new.seq and resolved is null;
${queues
  .map(
    (kind) => `  elsif new.kind = '${kind}' then
    delete from ${schema}.${QUEUES[kind].table} where seq = new.seq and ${QUEUES[kind].condition};`,
  )
  .join('\n')}
  end if;
  get diagnostics v_count = row_count;
  if v_count = 0 then
    raise exception 'stale version' using errcode = 'NC001', detail = new.id;
  end if;
  return null;
end $$`;

/** What one context keeps of what could not be processed. */
export const deadLettersOf = (schema: string, queues: readonly Queue[] = []) =>
  class DeadLetterTables extends Migration {
    override up(): void {
      for (const statement of deadLetterTables(schema, queues)) this.addSql(statement);
    }

    override down(): void {
      this.addSql(`drop table ${schema}.dead_letter_discard`);
      this.addSql(`drop function ${schema}.discard_dead_letter()`);
      this.addSql(`drop table ${schema}.dead_letter`);
    }
  };
