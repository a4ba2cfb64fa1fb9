import { Migration } from '@mikro-orm/migrations';

/**
 * Access tokens that count no longer, by whose they are: `user:<id>` for those signed up to `at`, `session:<id>` for all of a session's.
 * The trigger stamps a row whenever it is written, also again: nobody can take tokens back for a time that has passed.
 */
export class Revocations extends Migration {
  override up(): void {
    this.addSql(`create table identity.revocations (
      subject text primary key,
      at timestamptz(3) not null,
      version int not null default 0
    )`);
    this.addSql(`create index revocations_at on identity.revocations (at)`);
    this.addSql(`create function identity.stamp_revocation() returns trigger language plpgsql as $$
      begin
        new.at := clock_timestamp();
        return new;
      end $$`);
    this.addSql(`create trigger stamp_revocation before insert or update on identity.revocations
      for each row execute function identity.stamp_revocation()`);
  }

  override down(): void {
    this.addSql(`drop table identity.revocations`);
    this.addSql(`drop function identity.stamp_revocation`);
  }
}
