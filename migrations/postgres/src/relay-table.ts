import { Migration } from '@mikro-orm/migrations';

/**
 * How far one context's log has been sent to its topic, and by whom: only the relay of the current epoch moves it. `last` is, by partition, the last
 * position in it at or before `position`; the number of partitions is set by the first relay and stands for good.
 */
export const relayOf = (schema: string): new (...args: ConstructorParameters<typeof Migration>) => Migration =>
  class Relay extends Migration {
    override up(): void {
      this.addSql(`create table ${schema}.relay (
        singleton boolean primary key default true check (singleton),
        epoch bigint not null default 0,
        owner text,
        lease_until timestamptz not null default '-infinity',
        position bigint not null default 0,
        partitions int check (partitions > 0),
        last bigint[] not null default '{}',
        check (cardinality(last) = coalesce(partitions, 0))
      )`);
      this.addSql(`insert into ${schema}.relay default values`);
    }

    override down(): void {
      this.addSql(`drop table ${schema}.relay`);
    }
  };
