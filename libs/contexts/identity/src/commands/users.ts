import { Injectable } from '@nestjs/common';
import { Passwords } from '@adapters/runtime/src/auth/index.js';
import { Clock } from '@kernel/clock.js';
import { Aggregates, type Loaded, type Repository } from '@kernel/ports/aggregates.js';
import { EventStores, UniqueViolation, type CommandOutcome, type InlineRow, type StreamAppend } from '@kernel/ports/event-store.js';
import { PersonalData } from '@kernel/ports/personal-data.js';
import { ensureExpected, RequestContext } from '@kernel/ports/request-context.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import { ensure, Refusal } from '@kernel/refusal.js';
import { v7 as uuidv7 } from 'uuid';
import type { UserEvent } from '../contract/events.js';
import type { Role } from '../contract/roles.js';
import { normalisedEmail } from '../domain/email.js';
import { user, type RegisteredUser, type User, type UserCommand } from '../domain/user.js';

/** Someone who wants to be a user, in plain text: it must not get further than `Users`. */
export interface Applicant {
  readonly email: string;
  readonly password: string;
  readonly name: string;
  readonly roles: readonly Role[];
}

/** What signing in needs to know of an account. */
export interface Account {
  readonly id: string;
  readonly status: RegisteredUser['status'];
  readonly roles: readonly Role[];
  readonly passwordHash: string;
}

/** What a command about a user answers. It is kept in receipts, so it holds nothing personal. */
export interface UserAnswer {
  readonly id: string;
  readonly status: RegisteredUser['status'];
  readonly roles: readonly Role[];
  readonly version: number;
}

const BY_EMAIL = {
  name: 'account-by-email',
  text: `select u.id, u.status, u.roles, c.password_hash as "passwordHash"
         from identity.users u join identity.credential c on c.user_id = u.id
         where u.email_hash = $1`,
};

const ANOTHER_ADMINISTRATOR = {
  name: 'another-administrator',
  text: `select id, version from identity.users where 'admin' = any(roles) and status = 'active' and id <> $1 order by id limit 1`,
};

const ADMINISTERED = {
  name: 'administered',
  text: `select exists (select from identity.users where roles @> array['admin'] and status = 'active') as administered`,
};

/** The users of this shop, the rows that each leaves behind, and the way from an email to its account. */
@Injectable()
export class Users {
  readonly repository: Repository<User, UserCommand, UserEvent>;

  constructor(
    aggregates: Aggregates,
    private readonly stores: EventStores,
    private readonly reads: TransactionalReads,
    private readonly personalData: PersonalData,
    private readonly passwords: Passwords,
    private readonly scope: RequestContext,
    private readonly clock: Clock,
  ) {
    this.repository = aggregates.of('identity', { decider: user, stream: (id) => `user-${id}`, inline: (...known) => [userRow(...known)] });
  }

  /** The account of an email, however it is spelt, active or not. */
  async byEmail(email: string): Promise<Account | null> {
    const [account] = await this.reads.query<Account>('identity', BY_EMAIL, [this.emailHash(email)]);
    return account ?? null;
  }

  /** Whether there is an active administrator. Once there was one there always is: the last keeps the role and the account. */
  async isAdministered(): Promise<boolean> {
    const [answer] = await this.reads.query<{ administered: boolean }>('identity', ADMINISTERED, []);
    return answer!.administered;
  }

  /**
   * An active administrator beside this user, who must still be one when the rest is stored: of two that deactivate each other at the same
   * time, one remains.
   * @throws Refusal `identity.last-administrator`
   */
  async anotherAdministrator(userId: string): Promise<StreamAppend> {
    const [other] = await this.reads.query<{ id: string; version: number }>('identity', ANOTHER_ADMINISTRATOR, [userId]);
    ensure(
      other !== undefined,
      'identity.last-administrator',
      'Nobody could administer the shop any more: make somebody else an administrator first',
    );
    return { stream: this.repository.stream(other.id), expectedVersion: other.version, events: [], guard: true };
  }

  /**
   * @param by whose doing it is, where nobody is signed in
   * @throws Refusal `identity.email-taken`; `concurrency.stale-version` where If-Match names a version: nobody has one yet
   */
  async register({ email, password, name, roles }: Applicant, by: 'themselves' | 'the shop' = 'themselves'): Promise<CommandOutcome<UserAnswer>> {
    ensureExpected(this.scope.current(), 0);
    // Spares the bcrypt and the key; who is first of two at once is for the unique index to say.
    if (await this.byEmail(email)) throw emailTaken();
    const userId = uuidv7();
    const [passwordHash, sealedEmail, sealedName] = await Promise.all([
      this.passwords.hash(password),
      this.personalData.seal(userId, normalisedEmail(email)),
      this.personalData.seal(userId, name),
    ]);
    const data = { userId, email: sealedEmail, name: sealedName, roles: [...roles], registeredAt: this.clock.now() };
    const scope = this.scope.current();
    const context = { ...scope, actor: scope.actor ?? (by === 'themselves' ? userId : null) };
    const decided = this.repository.plan(userId, { type: 'RegisterUser', data }, { state: user.initial, version: 0 });
    return this.store(userId, { ...decided, append: { ...decided.append, context } }, this.emailHash(email), passwordHash);
  }

  /** Events, the user's row and the credential in one transaction: none of them without the others. */
  private async store(userId: string, decided: Planned, emailHash: string, passwordHash: string): Promise<CommandOutcome<UserAnswer>> {
    const { version } = decided;
    const found: InlineRow = { table: 'users', key: 'id', row: { ...userRow(userId, decided.state, version).row, email_hash: emailHash } };
    const credential: InlineRow = { table: 'credential', key: 'user_id', row: { user_id: userId, password_hash: passwordHash, version } };
    const outcome = { status: 201, body: toAnswer(userId, decided), location: '/api/v1/users/me', version };
    const claim = this.scope.current().idempotency;
    const streams = [{ ...decided.append, inline: [found, credential] }];
    try {
      const { token } = await this.stores.store('identity').append({ streams, receipts: claim ? [{ ...claim, outcome }] : [] });
      return { ...outcome, token };
    } catch (error) {
      throw error instanceof UniqueViolation && error.constraint === 'users_email_key' ? emailTaken() : error;
    }
  }

  private emailHash(email: string): string {
    return this.personalData.lookupHash(normalisedEmail(email));
  }
}

type Planned = Loaded<User> & { readonly append: StreamAppend };

export const emailTaken = (): Refusal => new Refusal('identity.email-taken', 'conflict', 'An account with this email exists: sign in instead');

export function toAnswer(id: string, { state, version }: Loaded<User>): UserAnswer {
  const { status, roles } = state as RegisteredUser;
  return { id, status, roles, version };
}

/** Leaves `email_hash` alone, since only a registration knows the email, until it is taken away with all else that leads to the person. */
export function userRow(id: string, state: User, version: number): InlineRow {
  const { status, roles, registeredAt } = state as RegisteredUser;
  return {
    table: 'users',
    key: 'id',
    row: { id, roles, status, registered_at: registeredAt, version, ...(state.status === 'erased' && { email_hash: null }) },
  };
}
