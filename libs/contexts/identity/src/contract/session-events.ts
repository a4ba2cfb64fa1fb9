import { z } from 'zod';
import type { DomainEvent } from '@kernel/event.js';
import type { EventSchema } from '@kernel/schema-registry.js';

/**
 * - `logged-out`: by its user, who was done; `ended`: by its user, from another session
 * - `reuse`: a refresh token was presented that had been exchanged before: one of two who hold it is a thief
 * - `superseded`: by its user, who began more sessions than may be open
 * - `expired`: found to be over when somebody wanted to go on with it
 */
export const endReasonSchema = z.enum(['logged-out', 'ended', 'reuse', 'superseded', 'expired', 'password-changed', 'deactivated', 'user-erased']);
export type EndReason = z.infer<typeof endReasonSchema>;

const of = { sessionId: z.uuid(), userId: z.uuid() };

/** Somebody signed in. `expiresAt` is when it ends however much it is used. */
const sessionStarted = z.object({ ...of, startedAt: z.iso.datetime(), expiresAt: z.iso.datetime() });
/** The refresh token was exchanged for its successor. */
const sessionRefreshed = z.object({ ...of, refreshedAt: z.iso.datetime() });
const sessionEnded = z.object({ ...of, reason: endReasonSchema, endedAt: z.iso.datetime() });

export type SessionStarted = DomainEvent<'identity.SessionStarted', z.infer<typeof sessionStarted>>;
export type SessionRefreshed = DomainEvent<'identity.SessionRefreshed', z.infer<typeof sessionRefreshed>>;
export type SessionEnded = DomainEvent<'identity.SessionEnded', z.infer<typeof sessionEnded>>;
export type SessionEvent = SessionStarted | SessionRefreshed | SessionEnded;

/** The events of sessions, a part of those that identity publishes. */
export const sessionEvents: EventSchema[] = [
  { type: 'identity.SessionStarted', version: 1, schema: sessionStarted, upcasters: {} },
  { type: 'identity.SessionRefreshed', version: 1, schema: sessionRefreshed, upcasters: {} },
  { type: 'identity.SessionEnded', version: 1, schema: sessionEnded, upcasters: {} },
];
