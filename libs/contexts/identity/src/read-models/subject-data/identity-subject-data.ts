import { Injectable } from '@nestjs/common';
import { EventStores } from '@kernel/ports/event-store.js';
import { PersonalData, sealedSchema } from '@kernel/ports/personal-data.js';
import { SubjectData, toSubjectEvent, type SubjectEvent, type SubjectSection } from '@kernel/ports/subject-data.js';
import { TransactionalReads } from '@kernel/ports/transactional-reads.js';
import { SchemaRegistry } from '@kernel/schema-registry.js';
import { identityEvents } from '../../contract/events.js';
import { sealedProfileOf } from '../../profile.js';
import { SESSION_COLUMNS, type SessionCredential } from '../../session-credential.js';

const registry = new SchemaRegistry(identityEvents);

const ACCOUNT = {
  name: 'account-of-subject',
  text: `select id, status, roles, to_char(registered_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "registeredAt"
         from identity.users where id = $1`,
};

const SESSIONS = {
  name: 'sessions-of-subject',
  text: `select ${SESSION_COLUMNS} from identity.session_credentials s where s.user_id = $1 order by s.session_id`,
};

/** A user's account and sessions, and everything that happened to it, opened as far as it still can be. */
@Injectable()
export class IdentitySubjectData extends SubjectData {
  readonly context = 'identity';

  constructor(
    private readonly stores: EventStores,
    private readonly reads: TransactionalReads,
    private readonly personalData: PersonalData,
  ) {
    super();
  }

  sections(subject: string): SubjectSection[] {
    return [
      { name: 'account', content: this.account(subject) },
      { name: 'sessions', content: this.sessions(subject) },
      { name: 'events', content: this.events(subject) },
    ];
  }

  private async *account(subject: string): AsyncGenerator<object> {
    const profile = await sealedProfileOf(this.stores, subject);
    for (const account of await this.reads.query<object>('identity', ACCOUNT, [subject]))
      yield { ...account, ...(await this.openedRecord(profile, subject)) };
  }

  private async *sessions(subject: string): AsyncGenerator<object> {
    for (const session of await this.sessionsOf(subject)) {
      const { sessionId, startedAt, lastUsedAt, expiresAt, endedAt, userAgent } = session;
      yield { sessionId, startedAt, lastUsedAt, expiresAt, endedAt, userAgent: await this.opened(userAgent, subject) };
    }
  }

  private sessionsOf(subject: string): Promise<SessionCredential[]> {
    return this.reads.query<SessionCredential>('identity', SESSIONS, [subject]);
  }

  private async *events(subject: string): AsyncGenerator<SubjectEvent> {
    const sessions = await this.sessionsOf(subject);
    for (const stream of [`user-${subject}`, ...sessions.map(({ sessionId }) => `session-${sessionId}`)]) yield* this.eventsOf(stream, subject);
  }

  private async *eventsOf(stream: string, subject: string): AsyncGenerator<SubjectEvent> {
    for (const event of await this.stores.store('identity').read(stream)) {
      const data = registry.upcast(event.type, event.version, JSON.parse(event.data));
      yield toSubjectEvent(event, subject, await this.opened(data, subject));
    }
  }

  /** The data with what was sealed for this person in the clear, and null for what can no longer be opened or is another's. */
  private async opened(data: unknown, subject: string): Promise<unknown> {
    if (typeof data !== 'object' || data === null) return data;
    const sealed = sealedSchema.safeParse(data);
    if (sealed.success) return sealed.data.subject === subject ? this.personalData.open(sealed.data) : null;
    if (Array.isArray(data)) return Promise.all(data.map((each) => this.opened(each, subject)));
    return this.openedRecord(data, subject);
  }

  private async openedRecord(record: object | null, subject: string): Promise<object> {
    const members = Object.entries(record ?? {}).map(async ([name, value]) => [name, await this.opened(value, subject)] as const);
    return Object.fromEntries(await Promise.all(members));
  }
}
