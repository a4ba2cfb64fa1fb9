import { Migration } from '@mikro-orm/migrations';

/**
 * The newest snapshot of each long stream, in the event store of one context. A row can be deleted at any time: it only saves reading.
 * `shape` tells for which form of the state it was taken; `digest` is over all the rest.
 */
export const snapshotsOf = (schema: string): new (...args: ConstructorParameters<typeof Migration>) => Migration =>
  class Snapshots extends Migration {
    override up(): void {
      this.addSql(`create table ${schema}.snapshot (
        stream_id text primary key,
        version int not null check (version > 0),
        shape text not null,
        state text not null,
        digest text not null,
        taken_at timestamptz(3) not null
      )`);
    }

    override down(): void {
      this.addSql(`drop table ${schema}.snapshot`);
    }
  };
