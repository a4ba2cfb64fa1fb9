import type { ContextDatabase } from '../context-database.js';

/** How far back each look goes again: a row is stamped before its transaction commits. */
const OVERLAP_SECONDS = 30;

/** Tokens of a session, a user or a role that no longer count where they were signed before this. */
export interface Revocation {
  /** `session:<id>`, `user:<id>` or `role:<name>`. */
  readonly subject: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Where revocations are kept. */
export abstract class RevocationSource {
  /** Those since then, milliseconds since 1970, and some from before: what is stamped first may be committed last. All of them for null. */
  abstract since(newest: number | null): Promise<readonly Revocation[]>;
  /** Forgets those that are older, whose tokens have all expired; the subjects that went. */
  abstract prune(olderThanSeconds: number): Promise<readonly string[]>;
}

/** Revocations in `identity.revocations`. */
export class PostgresRevocations extends RevocationSource {
  constructor(private readonly database: ContextDatabase) {
    super();
  }

  since(newest: number | null): Promise<Revocation[]> {
    const text = `select subject, (extract(epoch from at) * 1000)::float8 as at from identity.revocations
                  where at > coalesce(to_timestamp($1::float8 / 1000) - make_interval(secs => ${OVERLAP_SECONDS}), '-infinity')`;
    return this.database.query<Revocation & Record<string, unknown>>({ name: 'revocations.since', text }, [newest]);
  }

  async prune(olderThanSeconds: number): Promise<string[]> {
    const text = 'delete from identity.revocations where at < clock_timestamp() - make_interval(secs => $1) returning subject';
    const gone = await this.database.query<{ subject: string }>({ name: 'revocations.prune', text }, [olderThanSeconds]);
    return gone.map(({ subject }) => subject);
  }
}
