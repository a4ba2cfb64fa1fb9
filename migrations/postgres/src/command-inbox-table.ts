import { Migration } from '@mikro-orm/migrations';
import { claimFunction, finishFunction } from './saga-tables.js';

/** Commands that sagas of other processes sent to a context, until they are carried out: as `command_outbox`, with the context of the saga. */
const commandInboxTable = (schema: string): string[] => [
  `create table ${schema}.command_inbox (
     seq bigint generated always as identity (cache 1) primary key,
     id text not null unique,
     source text not null,
     saga text not null,
     saga_id text not null,
     target text not null,
     name text not null,
     data text not null,
     actor text,
     correlation_id uuid not null,
     causation_id uuid,
     traceparent text,
     attempts int not null default 0,
     next_attempt_at timestamptz not null default '-infinity',
     claimed_by text,
     error text,
     parked boolean not null default false
   )`,
  // A queue, as the outbox is.
  `alter table ${schema}.command_inbox set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, fillfactor = 50)`,
  `create index command_inbox_parked on ${schema}.command_inbox (saga, saga_id) where parked`,
  claimFunction(schema, 'command_inbox', 'claim_received_commands'),
  finishFunction(schema, 'command_inbox', 'finish_received_commands'),
];

/** The command inbox of one context that works for sagas. */
export const commandInboxOf = (schema: string) =>
  class CommandInboxTable extends Migration {
    override up(): void {
      for (const statement of commandInboxTable(schema)) this.addSql(statement);
    }

    override down(): void {
      this.addSql(`drop function ${schema}.finish_received_commands(text[])`);
      this.addSql(`drop function ${schema}.claim_received_commands(text, text[], text[], int, int, float8)`);
      this.addSql(`drop table ${schema}.command_inbox`);
    }
  };
