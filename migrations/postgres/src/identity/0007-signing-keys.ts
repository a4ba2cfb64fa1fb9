import { Migration } from '@mikro-orm/migrations';

/** The keys of access tokens. Private halves are wrapped by the master key, so that the database alone signs nobody in. */
export class SigningKeys extends Migration {
  override up(): void {
    this.addSql(`create table identity.signing_keys (
      kid text primary key,
      public_jwk jsonb not null,
      wrapped_private_key bytea not null,
      created_at timestamptz(3) not null,
      signs_from timestamptz(3) not null,
      verify_until timestamptz(3),
      version int not null default 0
    )`);
  }

  override down(): void {
    this.addSql(`drop table identity.signing_keys`);
  }
}
