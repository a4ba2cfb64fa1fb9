import { Migration } from '@mikro-orm/migrations';

/**
 * Who may sign in. No name and no email stands here: an email is found by its keyed hash, whose unique index also decides
 * who of two that register the same one is first. Password hashes and keys are never events, so that they can be destroyed.
 */
export class Users extends Migration {
  override up(): void {
    this.addSql(`create table identity.users (
      id uuid primary key,
      email_hash text,
      roles text[] not null,
      status text not null,
      registered_at timestamptz(3) not null,
      version int not null
    )`);
    this.addSql(`create unique index users_email_key on identity.users (email_hash)`);
    this.addSql(`create table identity.credential (
      user_id uuid primary key references identity.users (id) on delete cascade,
      password_hash text not null,
      version int not null
    )`);
    // A destroyed key leaves its row, so that nothing can be sealed for that subject again.
    this.addSql(`create table identity.subject_key (
      subject text primary key,
      wrapped_key bytea,
      created_at timestamptz(3) not null default clock_timestamp(),
      destroyed_at timestamptz(3),
      check ((wrapped_key is null) = (destroyed_at is not null))
    )`);
  }

  override down(): void {
    this.addSql(`drop table identity.subject_key`);
    this.addSql(`drop table identity.credential`);
    this.addSql(`drop table identity.users`);
  }
}
