import fc from 'fast-check';
import { decide, evolve } from '@kernel/decider.js';
import { endReasonSchema, sessionEvents, type SessionEvent } from '../contract/session-events.js';
import { session, type SessionCommand } from './session.js';

const sessionId = '01992d4e-9f00-7c11-8a2b-5d3e7f9a1b02';
const userId = '01992d4e-7c1a-7f3b-9a55-2f0d6b1c8e01';
const at = (minute: number) => new Date(Date.UTC(2026, 10, 1, 10, minute)).toISOString();
const start: SessionCommand = { type: 'StartSession', data: { sessionId, userId, startedAt: at(0), expiresAt: at(60) } };
const refresh = (minute: number, idleMinute = minute + 1): SessionCommand => ({
  type: 'RefreshSession',
  data: { sessionId, at: at(minute), idleUntil: at(idleMinute) },
});
const end = (minute = 5): SessionCommand => ({ type: 'EndSession', data: { sessionId, reason: 'logged-out', endedAt: at(minute) } });

/** Runs commands one after the other; refused ones change nothing. */
function play(commands: readonly SessionCommand[]): SessionEvent[] {
  const events: SessionEvent[] = [];
  for (const command of commands) {
    try {
      events.push(...decide(session, command, evolve(session, events)));
    } catch {
      continue;
    }
  }
  return events;
}
const ended = (endedAt: string, reason: string) => ({
  type: 'identity.SessionEnded',
  version: 1,
  data: { sessionId, userId, reason, endedAt },
  occurredAt: endedAt,
});

describe('a session', () => {
  it('is started once', () => {
    expect(play([start])).toEqual([{ type: 'identity.SessionStarted', version: 1, data: start.data, occurredAt: at(0) }]);
    expect(() => decide(session, start, evolve(session, play([start])))).toThrow(
      expect.objectContaining({ code: 'identity.session-already-started', kind: 'conflict' }),
    );
  });

  it('is refreshed up to the instant before it ends', () =>
    expect(play([start, refresh(59)]).at(-1)).toEqual({
      type: 'identity.SessionRefreshed',
      version: 1,
      data: { sessionId, userId, refreshedAt: at(59) },
      occurredAt: at(59),
    }));

  it.each([
    ['its day is over', refresh(60, 61)],
    ['it was not used for too long', refresh(30, 30)],
  ])('is found to be over when %s', (_, command) =>
    expect(play([start, command]).at(-1)).toEqual(ended((command.data as { at: string }).at, 'expired')),
  );

  it('ends once', () => expect(play([start, end(5), end(6)]).slice(1)).toEqual([ended(at(5), 'logged-out')]));

  it.each([
    ['has ended', [start, end()]],
    ['has expired', [start, refresh(60)]],
    ['was never started', []],
  ])('refuses to be refreshed when it %s', (_, before) =>
    expect(() => decide(session, refresh(10), evolve(session, play(before)))).toThrow(
      expect.objectContaining({ code: 'auth.session-ended', kind: 'unauthenticated' }),
    ),
  );

  it('of nobody has nothing happen to it at its end', () => expect(play([end()])).toEqual([]));
});

const minute = fc.nat(70);
const command = fc.oneof(
  fc.constant(start),
  fc.tuple(minute, minute).map(([now, idle]) => refresh(now, idle)),
  fc
    .tuple(minute, fc.constantFrom(...endReasonSchema.options))
    .map(([now, reason]): SessionCommand => ({ type: 'EndSession', data: { sessionId, reason, endedAt: at(now) } })),
);

it('has nothing happen to it after its end, and publishes only what the contract allows', () =>
  fc.assert(
    fc.property(fc.array(command, { maxLength: 15 }), (commands) => {
      const events = play(commands);
      const last = events.findIndex(({ type }) => type === 'identity.SessionEnded');
      expect(last === -1 || last === events.length - 1).toBe(true);
      expect(evolve(session, events).status).toBe(last === -1 ? (events.length > 0 ? 'active' : 'none') : 'ended');
      for (const event of events) {
        if (event.type === 'identity.SessionRefreshed') expect(event.data.refreshedAt < at(60)).toBe(true);
        sessionEvents.find((schema) => schema.type === event.type)!.schema.parse(event.data);
      }
    }),
  ));
