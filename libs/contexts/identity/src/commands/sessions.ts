import { Injectable } from '@nestjs/common';
import { AuthOptions, RefreshTokens, type RefreshToken } from '@adapters/runtime/src/auth/index.js';
import { Clock } from '@kernel/clock.js';
import { Aggregates, type Loaded, type Repository } from '@kernel/ports/aggregates.js';
import { EventStores, type StreamAppend } from '@kernel/ports/event-store.js';
import { PersonalData } from '@kernel/ports/personal-data.js';
import { RequestContext } from '@kernel/ports/request-context.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import { v7 as uuidv7 } from 'uuid';
import type { EndReason, SessionEvent } from '../contract/session-events.js';
import { session, type Session, type SessionCommand } from '../domain/session.js';
import { credentialRow, endedCredential, type SessionCredential } from '../session-credential.js';
import { Accounts, type SigningAccount } from './accounts.js';
import { revoke } from './revocation.js';
import { BEYOND, MOST_SESSIONS, ONE, OPEN, SWEEP } from './session-queries.js';
import { tryAgain } from './try-again.js';

/** How much of a User-Agent is worth keeping. */
const USER_AGENT_LENGTH = 200;

/** A session with the refresh token that goes on with it. */
export interface OpenSession {
  readonly credential: SessionCredential;
  readonly token: RefreshToken;
}

/** The sessions of this shop's users, the rows that each leaves behind, and their ends. */
@Injectable()
export class Sessions {
  readonly repository: Repository<Session, SessionCommand, SessionEvent>;

  constructor(
    aggregates: Aggregates,
    private readonly stores: EventStores,
    private readonly reads: TransactionalReads,
    private readonly accounts: Accounts,
    private readonly personalData: PersonalData,
    private readonly tokens: RefreshTokens,
    private readonly options: AuthOptions,
    private readonly scope: RequestContext,
    private readonly clock: Clock,
  ) {
    // Every refresh is an event, some thousands in the life of a session that is used all day.
    this.repository = aggregates.of('identity', { decider: session, stream: (id) => `session-${id}`, snapshot: { every: 50, revision: 1 } });
  }

  async credential(sessionId: string): Promise<SessionCredential | undefined> {
    return (await this.reads.query<SessionCredential>('identity', ONE, [sessionId]))[0];
  }

  /**
   * @param rehashed the password's hash at today's cost, where the stored one is of a lower
   * @throws Refusal of kind `stale` where the account changed since it was looked up, or a session that is to end was refreshed
   */
  async start(account: SigningAccount, userAgent: string | undefined, rehashed?: string): Promise<OpenSession> {
    const [sessionId, startedAt] = [uuidv7(), this.clock.now()];
    const expiresAt = later(startedAt, this.options.sessionSeconds);
    const token = this.tokens.mint(sessionId);
    const data = { sessionId, userId: account.id, startedAt, expiresAt };
    const planned = this.repository.plan(sessionId, { type: 'StartSession', data }, { state: session.initial, version: 0 });
    const credential: SessionCredential = {
      ...data,
      familyHash: this.tokens.familyDigest(token),
      currentHash: this.tokens.digest(token),
      previousHash: null,
      successor: null,
      rotatedAt: null,
      lastUsedAt: startedAt,
      idleUntil: this.idleUntil(startedAt, expiresAt),
      userAgent: userAgent ? await this.personalData.seal(account.id, userAgent.slice(0, USER_AGENT_LENGTH)) : null,
      credentialVersion: account.credentialVersion,
      endedAt: null,
      version: planned.version,
    };
    const inline = rehashed === undefined ? [] : [this.accounts.rehashed(account, rehashed)];
    const own = this.ownDoing(withRow(planned.append, credential), account.id);
    await this.store([own, { ...this.accounts.unchanged(account), inline }, ...(await this.superseded(account.id))]);
    await this.reads.query('identity', SWEEP, [account.id, startedAt]);
    return { credential, token };
  }

  /**
   * Exchanges the current token for its successor; null where that is how the session was found to be over.
   * @throws Refusal of kind `stale` where somebody else was first, or the account changed
   */
  async rotate(
    credential: SessionCredential,
    loaded: Loaded<Session>,
    presented: RefreshToken,
    account: SigningAccount,
    at: string,
  ): Promise<OpenSession | null> {
    const { sessionId } = credential;
    const data = { sessionId, at, idleUntil: credential.idleUntil };
    const planned = this.repository.plan(sessionId, { type: 'RefreshSession', data }, loaded);
    if (planned.state.status === 'ended') {
      await this.store([this.ownDoing(withEnd(planned.append, credential, at, planned.version), account.id)]);
      return null;
    }
    const token = this.tokens.mint(sessionId, presented.family);
    const rotated: SessionCredential = {
      ...credential,
      currentHash: this.tokens.digest(token),
      previousHash: this.tokens.digest(presented),
      successor: this.tokens.seal(token, presented),
      rotatedAt: at,
      lastUsedAt: at,
      idleUntil: this.idleUntil(at, credential.expiresAt),
      version: planned.version,
    };
    await this.store([this.ownDoing(withRow(planned.append, rotated), account.id), this.accounts.unchanged(account)]);
    return { credential: rotated, token };
  }

  /** Ends one session, unless it has ended. @throws Refusal of kind `stale` where it was refreshed meanwhile */
  async end(credential: SessionCredential, reason: EndReason): Promise<void> {
    const appends = await this.endingOf([credential], reason);
    if (appends.length > 0) await this.store(appends);
  }

  /**
   * What ends all open sessions of a user, one excepted or none, to be stored with what gives the reason. Whoever stores it decides anew
   * where one of them was refreshed meanwhile.
   */
  async endings(userId: string, reason: EndReason, except?: string): Promise<StreamAppend[]> {
    const open = await this.open(userId);
    return this.endingOf(
      open.filter(({ sessionId }) => sessionId !== except),
      reason,
    );
  }

  /** Ends the sessions of a user that began with a password from before a version. */
  endThoseBefore(userId: string, credentialVersion: number): Promise<void> {
    return tryAgain(async () => {
      const open = await this.open(userId);
      const former = open.filter((each) => each.credentialVersion < credentialVersion);
      const endings = await this.endingOf(former, 'password-changed');
      if (endings.length > 0) await this.store(endings);
    });
  }

  /** A session goes on although the password that it was started with is no longer the password. */
  async keep(sessionId: string, credentialVersion: number): Promise<StreamAppend[]> {
    const credential = await this.credential(sessionId);
    if (!credential || credential.endedAt !== null) return [];
    const stream = this.repository.stream(sessionId);
    const row = credentialRow({ ...credential, credentialVersion });
    return [{ stream, expectedVersion: credential.version, events: [], guard: true, inline: [row] }];
  }

  async store(streams: StreamAppend[]): Promise<void> {
    await this.stores.store('identity').append({ streams });
  }

  /** What ends the sessions that would be too many with one more. Many at once may leave some too many until the next. */
  private async superseded(userId: string): Promise<StreamAppend[]> {
    const beyond = await this.reads.query<SessionCredential>('identity', BEYOND, [userId, MOST_SESSIONS - 1]);
    const endings = beyond.length === 0 ? [] : await this.endingOf(beyond, 'superseded');
    return endings.map((ending) => this.ownDoing(ending, userId));
  }

  /** Nobody is signed in yet who asks for it: the user does it who shows the password or the token. */
  private ownDoing(append: StreamAppend, userId: string): StreamAppend {
    return { ...append, context: { ...this.scope.current(), actor: userId } };
  }

  private open(userId: string): Promise<SessionCredential[]> {
    return this.reads.query<SessionCredential>('identity', OPEN, [userId]);
  }

  private async endingOf(credentials: readonly SessionCredential[], reason: EndReason): Promise<StreamAppend[]> {
    const endedAt = this.clock.now();
    const loaded = await this.repository.loadMany(credentials.map(({ sessionId }) => sessionId));
    return credentials.flatMap((credential) => {
      const { sessionId } = credential;
      const planned = this.repository.plan(sessionId, { type: 'EndSession', data: { sessionId, reason, endedAt } }, loaded.get(sessionId)!);
      return planned.events.length === 0 ? [] : [withEnd(planned.append, credential, endedAt, planned.version)];
    });
  }

  private idleUntil(from: string, expiresAt: string): string {
    const idle = later(from, this.options.sessionIdleSeconds);
    return idle < expiresAt ? idle : expiresAt;
  }
}

const later = (instant: string, seconds: number): string => new Date(Date.parse(instant) + seconds * 1000).toISOString();

const withRow = (append: StreamAppend, credential: SessionCredential): StreamAppend => ({
  ...append,
  inline: [...(append.inline ?? []), credentialRow(credential)],
});

/** Its access tokens end with it. */
const withEnd = (append: StreamAppend, credential: SessionCredential, endedAt: string, version: number): StreamAppend => ({
  ...append,
  inline: [...(append.inline ?? []), credentialRow(endedCredential(credential, endedAt, version)), revoke(`session:${credential.sessionId}`)],
});
