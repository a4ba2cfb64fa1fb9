import { z } from 'zod';
import type { DomainEvent } from '@kernel/event.js';
import type { EventSchema } from '@kernel/schema-registry.js';

export const endReasonSchema = z
  .enum(['logged-out', 'ended', 'reuse', 'superseded', 'expired', 'password-changed', 'deactivated', 'user-erased'])
  .describe(
    'Why. `logged-out`: by its user, who was done; `ended`: by its user, from another session; `reuse`: a refresh token was presented that had been ' +
      'exchanged before, so one of two who hold it is a thief; `superseded`: by its user, who began more sessions than may be open; `expired`: found to be ' +
      'over when somebody wanted to go on with it; `password-changed`, `deactivated`, `user-erased`: by what became of its user',
  );
export type EndReason = z.infer<typeof endReasonSchema>;

const of = { sessionId: z.uuid().describe('The session’s id'), userId: z.uuid().describe('The user’s id: a pseudonym') };

const sessionStarted = z
  .object({
    ...of,
    startedAt: z.iso.datetime().describe('When'),
    expiresAt: z.iso.datetime().describe('When it ends however much it is used'),
  })
  .describe('Somebody signed in.');
const sessionRefreshed = z
  .object({ ...of, refreshedAt: z.iso.datetime().describe('When') })
  .describe('The refresh token was exchanged for its successor.');
const sessionEnded = z
  .object({ ...of, reason: endReasonSchema, endedAt: z.iso.datetime().describe('When') })
  .describe('A session is over: its refresh token is good for nothing any more.');

export type SessionStarted = DomainEvent<'identity.SessionStarted', z.infer<typeof sessionStarted>>;
export type SessionRefreshed = DomainEvent<'identity.SessionRefreshed', z.infer<typeof sessionRefreshed>>;
export type SessionEnded = DomainEvent<'identity.SessionEnded', z.infer<typeof sessionEnded>>;
export type SessionEvent = SessionStarted | SessionRefreshed | SessionEnded;

/** The events of sessions, a part of those that identity publishes. */
export const sessionEvents: EventSchema[] = [
  { type: 'identity.SessionStarted', version: 1, schema: sessionStarted, upcasters: {}, stream: 'session-{sessionId}' },
  { type: 'identity.SessionRefreshed', version: 1, schema: sessionRefreshed, upcasters: {}, stream: 'session-{sessionId}' },
  { type: 'identity.SessionEnded', version: 1, schema: sessionEnded, upcasters: {}, stream: 'session-{sessionId}' },
];
