import type { InlineRow } from '@kernel/ports/event-store.js';
import type { Sealed } from '@kernel/ports/personal-data.js';

/** What a session's refresh tokens are compared with: a row of `identity.session_credentials`. Instants are ISO 8601 UTC. */
export interface SessionCredential {
  readonly sessionId: string;
  readonly userId: string;
  readonly familyHash: string | null;
  readonly currentHash: string | null;
  readonly previousHash: string | null;
  /** The current token, sealed under the one before. */
  readonly successor: string | null;
  readonly rotatedAt: string | null;
  readonly startedAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
  readonly idleUntil: string;
  readonly userAgent: Sealed | null;
  /** Version of the password that it was started with. */
  readonly credentialVersion: number;
  readonly endedAt: string | null;
  readonly version: number;
}

const instant = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** The columns of a `SessionCredential`, for a SELECT over `identity.session_credentials s`. */
export const SESSION_COLUMNS = `s.session_id as "sessionId", s.user_id as "userId", s.family_hash as "familyHash", s.current_hash as "currentHash",
  s.previous_hash as "previousHash", s.successor, ${instant('s.rotated_at')} as "rotatedAt", ${instant('s.started_at')} as "startedAt",
  ${instant('s.last_used_at')} as "lastUsedAt", ${instant('s.expires_at')} as "expiresAt", ${instant('s.idle_until')} as "idleUntil",
  s.user_agent as "userAgent", s.credential_version as "credentialVersion", ${instant('s.ended_at')} as "endedAt", s.version`;

export const credentialRow = (credential: SessionCredential): InlineRow => ({
  table: 'session_credentials',
  key: 'session_id',
  row: {
    session_id: credential.sessionId,
    user_id: credential.userId,
    family_hash: credential.familyHash,
    current_hash: credential.currentHash,
    previous_hash: credential.previousHash,
    successor: credential.successor,
    rotated_at: credential.rotatedAt,
    started_at: credential.startedAt,
    last_used_at: credential.lastUsedAt,
    expires_at: credential.expiresAt,
    idle_until: credential.idleUntil,
    user_agent: credential.userAgent,
    credential_version: credential.credentialVersion,
    ended_at: credential.endedAt,
    version: credential.version,
  },
});

/** As it stays once the session has ended: nothing is left by which it could be gone on with. */
export const endedCredential = (credential: SessionCredential, endedAt: string, version: number): SessionCredential => ({
  ...credential,
  familyHash: null,
  currentHash: null,
  previousHash: null,
  successor: null,
  userAgent: null,
  endedAt,
  version,
});
