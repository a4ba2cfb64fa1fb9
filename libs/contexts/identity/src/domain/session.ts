import { decider, type DomainCommand } from '@kernel/decider.js';
import { ensure, Refusal } from '@kernel/refusal.js';
import type { SessionEnded, SessionEvent, SessionStarted } from '../contract/session-events.js';

/** Instants are ISO 8601 UTC with milliseconds, which compare as text. */
export interface ActiveSession {
  readonly status: 'active';
  readonly userId: string;
  readonly startedAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
}

export type Session = { readonly status: 'none' } | ActiveSession | { readonly status: 'ended'; readonly reason: SessionEnded['data']['reason'] };

export type StartSession = DomainCommand<'StartSession', SessionStarted['data']>;
/** `idleUntil` is when the session would have ended for want of use. */
export type RefreshSession = DomainCommand<'RefreshSession', { readonly sessionId: string; readonly at: string; readonly idleUntil: string }>;
export type EndSession = DomainCommand<'EndSession', Omit<SessionEnded['data'], 'userId'>>;
export type SessionCommand = StartSession | RefreshSession | EndSession;

/** From a sign-in to its end: kept alive by refreshing it, but never beyond its day. */
export const session = decider<Session, SessionCommand, SessionEvent>({
  initial: { status: 'none' },
  decide: {
    StartSession: (data, { status }) => {
      ensure(status === 'none', 'identity.session-already-started', 'This session was started already');
      return [{ type: 'identity.SessionStarted', version: 1, data, occurredAt: data.startedAt }];
    },
    /** Leads to the session's end where its time is over, since that is when it is noticed. */
    RefreshSession: ({ sessionId, at, idleUntil }, state) => {
      const { userId, expiresAt } = active(state);
      if (at >= expiresAt || at >= idleUntil) return [ended({ sessionId, userId, reason: 'expired', endedAt: at })];
      return [{ type: 'identity.SessionRefreshed', version: 1, data: { sessionId, userId, refreshedAt: at }, occurredAt: at }];
    },
    EndSession: (command, state) => (state.status === 'active' ? [ended({ ...command, userId: state.userId })] : []),
  },
  evolve: {
    'identity.SessionStarted': (_, { userId, startedAt, expiresAt }) => ({ status: 'active', userId, startedAt, lastUsedAt: startedAt, expiresAt }),
    'identity.SessionRefreshed': (state, { refreshedAt }) => ({ ...active(state), lastUsedAt: refreshedAt }),
    'identity.SessionEnded': (_, { reason }) => ({ status: 'ended', reason }),
  },
});

const ended = (data: SessionEnded['data']): SessionEnded => ({ type: 'identity.SessionEnded', version: 1, data, occurredAt: data.endedAt });

function active(state: Session): ActiveSession {
  if (state.status === 'active') return state;
  throw new Refusal('auth.session-ended', 'unauthenticated', 'This session has ended; sign in again');
}
