import { Migration } from '@mikro-orm/migrations';

/**
 * What a session's refresh token is compared with: digests only, and the successor sealed under its predecessor, so that a reader of the
 * database can refresh nothing. None of it is an event. A session that has ended keeps no digest.
 */
export class SessionCredentials extends Migration {
  override up(): void {
    this.addSql(`create table identity.session_credentials (
      session_id uuid primary key,
      user_id uuid not null references identity.users (id) on delete cascade,
      family_hash text,
      current_hash text,
      previous_hash text,
      successor text,
      rotated_at timestamptz(3),
      started_at timestamptz(3) not null,
      last_used_at timestamptz(3) not null,
      expires_at timestamptz(3) not null,
      idle_until timestamptz(3) not null,
      user_agent jsonb,
      credential_version int not null,
      ended_at timestamptz(3),
      version int not null
    )`);
    this.addSql(`create index session_credentials_user on identity.session_credentials (user_id)`);
  }

  override down(): void {
    this.addSql(`drop table identity.session_credentials`);
  }
}
