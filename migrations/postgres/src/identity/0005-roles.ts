import { Migration } from '@mikro-orm/migrations';

/**
 * Roles that were defined or edited; those built in stand in the code until then. A removed one leaves its row, so that the version goes on
 * when it is defined again.
 */
export class Roles extends Migration {
  override up(): void {
    this.addSql(`create table identity.roles (
      name text primary key,
      permissions text[] not null,
      description text not null,
      removed boolean not null,
      version int not null
    )`);
    this.addSql(`create index users_roles on identity.users using gin (roles)`);
    this.addSql(`create index users_by_age on identity.users (registered_at, id)`);
    // Whoever is given a role locks its stream, and so does whoever removes it: looking again after the lock sees a grant that came in between
    // the count and the removal, which a count before the lock does not.
    this.addSql(`create function identity.ensure_role_not_held() returns trigger language plpgsql as $$
      begin
        if exists (select from identity.users where roles @> array[new.name]) then
          raise exception 'somebody has the role %', new.name using errcode = '23505', constraint = 'role_not_held';
        end if;
        return null;
      end $$`);
    this.addSql(`create trigger role_not_held after insert or update on identity.roles
      for each row when (new.removed) execute function identity.ensure_role_not_held()`);
  }

  override down(): void {
    this.addSql(`drop index identity.users_by_age`);
    this.addSql(`drop index identity.users_roles`);
    this.addSql(`drop table identity.roles`);
    this.addSql(`drop function identity.ensure_role_not_held`);
  }
}
