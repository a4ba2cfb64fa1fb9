import type { InlineRow } from '@kernel/ports/event-store.js';

/** Whose access tokens: all of a user's, or of everybody's who has a role, that were signed up to now, or all of a session's for good. */
export type RevocationSubject = `user:${string}` | `role:${string}` | `session:${string}`;

/**
 * The row by which access tokens are taken back, to be stored in the transaction that gives the reason. The database stamps it with its own
 * clock, after the streams are locked: a time from outside could lie before that of a token which was signed meanwhile.
 */
export const revoke = (subject: RevocationSubject): InlineRow => ({ table: 'revocations', key: 'subject', row: { subject, version: 0 } });
