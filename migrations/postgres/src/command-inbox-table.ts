import { Migration } from '@mikro-orm/migrations';
import { claimFunction, commandQueue, finishFunction } from './saga-tables.js';

/** Commands that sagas of other processes sent to a context, until they are carried out: as `command_outbox`, with the context of the saga. */
const commandInboxTable = (schema: string): string[] => [
  ...commandQueue(schema, 'command_inbox', '\n     source text not null,'),
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
