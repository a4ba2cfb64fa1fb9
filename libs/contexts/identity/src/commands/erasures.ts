import { Injectable } from '@nestjs/common';
import { Clock } from '@kernel/clock.js';
import type { Decided } from '@kernel/ports/aggregates.js';
import { EventStores, type CommandOutcome, type InlineRow, type StreamAppend } from '@kernel/ports/event-store.js';
import { PersonalData } from '@kernel/ports/personal-data.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import type { Principal } from '@kernel/principal.js';
import { Refusal } from '@kernel/refusal.js';
import { v7 as uuidv7 } from 'uuid';
import type { UserEvent } from '../contract/events.js';
import type { User } from '../domain/user.js';
import { ERASURE_COLUMNS, erasureRow, toErasureView, type Erasure, type ErasureView } from '../erasure.js';
import { revoke } from './revocation.js';
import { Roles } from './roles.js';
import { Sessions } from './sessions.js';
import { tryAgain } from './try-again.js';
import { Users } from './users.js';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const OF_SUBJECT = { name: 'erasure-of-subject', text: `select ${ERASURE_COLUMNS} from identity.erasures where subject = $1` };
const PENDING = {
  name: 'pending-erasures',
  text: `select ${ERASURE_COLUMNS} from identity.erasures where completed_at is null order by erased_at limit 100`,
};
/** Before it is destroyed. Of the wrapped key: what the fingerprint tells of it, the key itself does not follow from. */
const FACTS = {
  name: 'erasure-facts',
  text: `select (select left(encode(sha256(wrapped_key), 'hex'), 16) from identity.subject_key where subject = $1::text) as fingerprint,
           (select count(*)::int from identity.event where stream_id = any($2) and position('"subject":"' || $1::text || '"' in data) > 0) as sealed`,
};

interface Facts {
  readonly fingerprint: string | null;
  readonly sealed: number;
}

/** Whoever erases somebody else must hold all that they hold, as it is when it is stored. */
type Eraser = Principal | 'themselves';

/** How often it is begun anew where somebody signs in, or erases the same user, in between. */
const ATTEMPTS = 10;

/**
 * Erases people: one transaction destroys the key, the credential and the email hash and tells so by an event; what it cannot reach, keys and
 * caches in memory and sessions begun meanwhile, follows it and is worked off from its row, after a crash as well.
 */
@Injectable()
export class Erasures {
  constructor(
    private readonly users: Users,
    private readonly roles: Roles,
    private readonly sessions: Sessions,
    private readonly stores: EventStores,
    private readonly reads: TransactionalReads,
    private readonly personalData: PersonalData,
    private readonly clock: Clock,
  ) {}

  /**
   * Erases a user; the receipt of one who is erased already is answered again.
   * @throws Refusal `identity.user-not-found`, `identity.last-administrator`, `identity.privilege-escalation`
   */
  async erase(subject: string, by: Eraser): Promise<CommandOutcome<ErasureView>> {
    if (!UUID.test(subject)) throw new Refusal('identity.user-not-found', 'not-found', 'There is no such user');
    for (let attempt = 1; ; attempt++) {
      const before = await this.ofSubject(subject);
      if (before) return this.answerAgain(before);
      try {
        return await this.destroy(subject, by);
      } catch (error) {
        if (!(error instanceof MovedOn) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Finishes the erasures that a crash or a failure has left between their transaction and their end; how many there were. */
  async completePending(): Promise<number> {
    const pending = await this.reads.query<Erasure>('identity', PENDING, []);
    for (const erasure of pending) await this.complete(erasure);
    return pending.length;
  }

  private async answerAgain(erasure: Erasure): Promise<CommandOutcome<ErasureView>> {
    if (erasure.completedAt === null) await this.complete(erasure);
    return outcomeOf(erasure);
  }

  private async ofSubject(subject: string): Promise<Erasure | undefined> {
    const [erasure] = await this.reads.query<Erasure>('identity', OF_SUBJECT, [subject]);
    return erasure;
  }

  private async destroy(subject: string, by: Eraser): Promise<CommandOutcome<ErasureView>> {
    const [{ fingerprint, sealed }, endings] = await Promise.all([this.facts(subject), this.endings(subject)]);
    const erasure: Erasure = {
      id: uuidv7(),
      subject,
      erasedBy: by === 'themselves' ? subject : by.id,
      erasedAt: this.clock.now(),
      keyFingerprint: fingerprint,
      sealedEvents: sealed,
      sessionsEnded: endings.length,
      completedAt: null,
    };
    const command = { type: 'EraseUser', data: { userId: subject, erasureId: erasure.id } } as const;
    const outcome = await this.users.repository.execute(
      subject,
      command,
      () => outcomeOf(erasure),
      (decided) => this.beside(erasure, decided, by),
    );
    await this.complete(erasure);
    return outcome as CommandOutcome<ErasureView>;
  }

  private async facts(subject: string): Promise<Facts> {
    const [facts] = await this.reads.query<Facts>('identity', FACTS, [subject, [this.users.repository.stream(subject)]]);
    return facts!;
  }

  private async beside(erasure: Erasure, { events, version }: Decided<User, UserEvent>, by: Eraser): Promise<StreamAppend[]> {
    const { subject } = erasure;
    const endings = await this.endings(subject);
    if (events.length === 0 || endings.length !== erasure.sessionsEnded) throw new MovedOn();
    // Where the roles changed since the command was decided, the append finds the stream moved on.
    const { state } = await this.users.repository.load(subject);
    if (state.status !== 'none' && by !== 'themselves') await this.roles.ensureMay(by, 'users:erase', state.roles);
    const administers = state.status === 'active' && state.roles.includes('admin');
    return [
      ...endings,
      ...(administers ? [await this.users.anotherAdministrator(subject)] : []),
      { stream: this.users.repository.stream(subject), expectedVersion: version, events: [], inline: destroyed(erasure, version) },
    ];
  }

  private endings(subject: string): Promise<StreamAppend[]> {
    return this.sessions.endings(subject, 'user-erased');
  }

  /** May be repeated: each step finds nothing left to do the second time. */
  private async complete(erasure: Erasure): Promise<void> {
    await this.personalData.forget(erasure.subject);
    await tryAgain(async () => {
      const endings = await this.endings(erasure.subject);
      if (endings.length > 0) await this.sessions.store(endings);
    });
    const row = erasureRow({ ...erasure, completedAt: this.clock.now() });
    const stream = this.users.repository.stream(erasure.subject);
    await this.stores.store('identity').append({ streams: [{ stream, expectedVersion: 0, events: [], inline: [row] }] });
  }
}

/** The user is not as it was looked up: erased by somebody else, or signed in meanwhile. */
class MovedOn extends Error {}

const outcomeOf = (erasure: Erasure): CommandOutcome<ErasureView> => ({
  status: 200,
  body: toErasureView(erasure),
  location: `/api/v1/admin/erasures/${erasure.id}`,
});

/** The rows by which the transaction destroys what leads to the person: a key that is gone stays as a row, so that none is made again. */
const destroyed = (erasure: Erasure, version: number): InlineRow[] => [
  { table: 'subject_key', key: 'subject', row: { subject: erasure.subject, wrapped_key: null, destroyed_at: erasure.erasedAt, version: 1 } },
  { table: 'credential', key: 'user_id', row: { user_id: erasure.subject, password_hash: null, version } },
  revoke(`user:${erasure.subject}`),
  erasureRow(erasure),
];
