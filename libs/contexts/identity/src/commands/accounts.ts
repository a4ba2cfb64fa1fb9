import { Injectable } from '@nestjs/common';
import { EventStores, type InlineRow, type StreamAppend } from '@kernel/ports/event-store.js';
import { PersonalData } from '@kernel/ports/personal-data.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import type { Role } from '../contract/roles.js';
import { normalisedEmail } from '../domain/email.js';
import { sealedProfileOf } from '../profile.js';

/** What signing in, and going on with a session, need to know of an account. */
export interface SigningAccount {
  readonly id: string;
  readonly status: 'active' | 'deactivated' | 'erased';
  readonly roles: readonly Role[];
  /** Null once erased. */
  readonly passwordHash: string | null;
  /** Version of the user's stream. */
  readonly version: number;
  /** Version at which the password was last set. */
  readonly credentialVersion: number;
}

const COLUMNS = `u.id, u.status, u.roles, u.version, c.password_hash as "passwordHash", c.version as "credentialVersion"`;
const FROM = `from identity.users u join identity.credential c on c.user_id = u.id`;
const BY_EMAIL = { name: 'signing-account-by-email', text: `select ${COLUMNS} ${FROM} where u.email_hash = $1` };
const BY_ID = { name: 'signing-account-by-id', text: `select ${COLUMNS} ${FROM} where u.id = $1` };

/** The accounts that people sign in to. */
@Injectable()
export class Accounts {
  constructor(
    private readonly reads: TransactionalReads,
    private readonly stores: EventStores,
    private readonly personalData: PersonalData,
  ) {}

  /** The account of an email, however it is spelt, active or not. */
  async byEmail(email: string): Promise<SigningAccount | null> {
    const [account] = await this.reads.query<SigningAccount>('identity', BY_EMAIL, [this.emailHash(email)]);
    return account ?? null;
  }

  async byId(id: string): Promise<SigningAccount | null> {
    const [account] = await this.reads.query<SigningAccount>('identity', BY_ID, [id]);
    return account ?? null;
  }

  /** As it is now; undefined once erased. */
  async emailOf(id: string): Promise<string | undefined> {
    const profile = await sealedProfileOf(this.stores, id);
    return (profile && (await this.personalData.open(profile.email))) ?? undefined;
  }

  /** That the user is as this account says until the rest is stored: neither deactivated nor with another password or other roles. */
  unchanged({ id, version }: SigningAccount): StreamAppend {
    return { stream: `user-${id}`, expectedVersion: version, events: [], guard: true };
  }

  /** The same password under another hash: neither the user nor the version of the password changes, and nobody is signed out. */
  rehashed({ id, credentialVersion }: SigningAccount, passwordHash: string): InlineRow {
    return { table: 'credential', key: 'user_id', row: { user_id: id, password_hash: passwordHash, version: credentialVersion } };
  }

  emailHash(email: string): string {
    return this.personalData.lookupHash(normalisedEmail(email));
  }

  /** Stands for an email, with or without an account, where attempts to sign in are counted. */
  attemptKey(email: string): string {
    return this.personalData.lookupHash(`sign-in ${normalisedEmail(email)}`);
  }
}
