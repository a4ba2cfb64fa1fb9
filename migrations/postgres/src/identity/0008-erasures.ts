import { Migration } from '@mikro-orm/migrations';

/**
 * What is known of erasures, for good and without the person: the receipts. Credentials and keys get a version, so that they are
 * destroyed by the append that tells of it, in its transaction.
 */
export class Erasures extends Migration {
  override up(): void {
    this.addSql(`create table identity.erasures (
      id uuid primary key,
      subject uuid not null unique,
      erased_by text,
      erased_at timestamptz(3) not null,
      key_fingerprint text,
      sealed_events int not null,
      sessions_ended int not null,
      completed_at timestamptz(3),
      version int not null
    )`);
    this.addSql(`create index erasures_erased_at on identity.erasures (erased_at desc, id desc)`);
    this.addSql(`create index erasures_pending on identity.erasures (erased_at) where completed_at is null`);
    this.addSql(`alter table identity.subject_key add column version int not null default 0`);
    this.addSql(`alter table identity.credential alter column password_hash drop not null`);
  }

  override down(): void {
    this.addSql(`delete from identity.credential where password_hash is null`);
    this.addSql(`alter table identity.credential alter column password_hash set not null`);
    this.addSql(`alter table identity.subject_key drop column version`);
    this.addSql(`drop table identity.erasures`);
  }
}
