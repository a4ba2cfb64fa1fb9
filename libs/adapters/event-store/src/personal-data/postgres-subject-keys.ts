import type { ContextDatabase } from '../context-database.js';
import { SubjectKeys, type StoredKey } from './subject-keys.js';

interface KeyRow {
  readonly wrapped_key: Buffer | null;
}

/** Wrapped keys in `identity.subject_key`. */
export class PostgresSubjectKeys extends SubjectKeys {
  constructor(private readonly database: ContextDatabase) {
    super();
  }

  async find(subject: string): Promise<StoredKey | null> {
    const text = 'select wrapped_key from identity.subject_key where subject = $1';
    const [row] = await this.database.query<KeyRow>({ name: 'subject-key.find', text }, [subject]);
    return row ? (row.wrapped_key ?? 'destroyed') : null;
  }

  async keep(subject: string, wrapped: Buffer): Promise<StoredKey> {
    const text = 'insert into identity.subject_key (subject, wrapped_key) values ($1, $2) on conflict do nothing returning wrapped_key';
    const [kept] = await this.database.query<KeyRow>({ name: 'subject-key.keep', text }, [subject, wrapped]);
    const stored = kept?.wrapped_key ?? (await this.find(subject));
    if (!stored) throw new Error(`the key of subject ${subject} is neither kept nor there`);
    return stored;
  }

  async destroy(subject: string): Promise<void> {
    const text = `insert into identity.subject_key (subject, destroyed_at) values ($1, clock_timestamp())
                  on conflict (subject) do update set wrapped_key = null, destroyed_at = coalesce(subject_key.destroyed_at, excluded.destroyed_at)`;
    await this.database.query({ name: 'subject-key.destroy', text }, [subject]);
  }
}
