import fc from 'fast-check';
import { decide, evolve } from '@kernel/decider.js';
import type { Sealed } from '@kernel/ports/personal-data.js';
import { identityEvents, type UserEvent } from '../contract/events.js';
import { builtInRoles, type Role } from '../contract/roles.js';
import { user, type UserCommand } from './user.js';

const userId = '0192f0c1-2a3b-7c4d-8e5f-60718293a4b5';
const registeredAt = '2026-11-01T10:00:00.000Z';
const sealed: Sealed = { subject: userId, iv: 'aXY=', tag: 'dGFn', data: 'ZGF0YQ==' };
const register = (roles: Role[] = ['customer']): UserCommand => ({
  type: 'RegisterUser',
  data: { userId, email: sealed, name: sealed, roles, registeredAt },
});
const admin = '0192f0c1-2a3b-7c4d-8e5f-000000000001';
const deactivate = (by: string | null = admin): UserCommand => ({ type: 'DeactivateUser', data: { userId, by } });
const reactivate = (by: string | null = admin): UserCommand => ({ type: 'ReactivateUser', data: { userId, by } });
const grant = (...roles: Role[]): UserCommand => ({ type: 'GrantRoles', data: { userId, roles } });
const replace = (...roles: Role[]): UserCommand => ({ type: 'ReplaceRoles', data: { userId, roles } });

/** Runs commands one after the other; refused ones change nothing. */
function play(commands: readonly UserCommand[]): UserEvent[] {
  const events: UserEvent[] = [];
  for (const command of commands) {
    try {
      events.push(...decide(user, command, evolve(user, events)));
    } catch {
      continue;
    }
  }
  return events;
}

describe('a user', () => {
  it('is registered with the roles given, each once', () =>
    expect(play([register(['customer', 'customer'])])).toEqual([
      {
        type: 'identity.UserRegistered',
        version: 1,
        data: { userId, email: sealed, name: sealed, roles: ['customer'], registeredAt },
        occurredAt: registeredAt,
      },
    ]));

  it('refuses to be registered twice', () =>
    expect(() => decide(user, register(), evolve(user, play([register()])))).toThrow(
      expect.objectContaining({ code: 'identity.user-already-registered', kind: 'conflict' }),
    ));

  it('is given roles in addition', () =>
    expect(play([register(), grant('customer', 'analyst')]).slice(1)).toEqual([
      { type: 'identity.RolesGranted', version: 1, data: { userId, roles: ['analyst'] } },
    ]));

  it('has nothing happen to it when it has the roles', () => expect(play([register(), grant('customer')])).toHaveLength(1));

  it('has its roles replaced: what goes and what comes are told apart', () =>
    expect(play([register(), grant('analyst'), replace('desk', 'analyst', 'desk')]).slice(2)).toEqual([
      { type: 'identity.RolesRevoked', version: 1, data: { userId, roles: ['customer'] } },
      { type: 'identity.RolesGranted', version: 1, data: { userId, roles: ['desk'] } },
    ]));

  it('has nothing happen to it when it has exactly the roles', () => expect(play([register(), replace('customer')])).toHaveLength(1));

  it.each([grant('admin'), replace('admin'), deactivate(), reactivate()])('refuses $type before it is registered', (command) =>
    expect(() => decide(user, command, user.initial)).toThrow(expect.objectContaining({ code: 'identity.user-not-found' })),
  );

  it('is deactivated and reactivated, each once', () =>
    expect(play([register(), reactivate(), deactivate(), deactivate(), reactivate(), deactivate()]).slice(1)).toEqual([
      { type: 'identity.UserDeactivated', version: 1, data: { userId } },
      { type: 'identity.UserReactivated', version: 1, data: { userId } },
      { type: 'identity.UserDeactivated', version: 1, data: { userId } },
    ]));

  it('keeps its roles, and is given more, while it is deactivated', () =>
    expect(evolve(user, play([register(), deactivate(), grant('analyst')]))).toEqual({
      status: 'deactivated',
      roles: ['customer', 'analyst'],
      registeredAt,
    }));

  it('is called and reached otherwise, each told by an event of its own', () => {
    const change = (data: object): UserCommand => ({ type: 'ChangeProfile', data: { userId, ...data } });
    expect(
      play([register(), change({ name: sealed }), change({ email: sealed }), change({ name: sealed, email: sealed }), change({})]).slice(1),
    ).toEqual([
      { type: 'identity.UserRenamed', version: 1, data: { userId, name: sealed } },
      { type: 'identity.EmailChanged', version: 1, data: { userId, email: sealed } },
      { type: 'identity.UserRenamed', version: 1, data: { userId, name: sealed } },
      { type: 'identity.EmailChanged', version: 1, data: { userId, email: sealed } },
    ]);
  });

  it('has another password, which its event does not tell, unless it is deactivated', () => {
    const change: UserCommand = { type: 'ChangePassword', data: { userId } };
    expect(play([register(), change]).slice(1)).toEqual([{ type: 'identity.PasswordChanged', version: 1, data: { userId } }]);
    expect(() => decide(user, change, evolve(user, play([register(), deactivate()])))).toThrow(
      expect.objectContaining({ code: 'identity.user-deactivated', kind: 'conflict' }),
    );
  });

  it.each([deactivate(userId), reactivate(userId)])('refuses $type by oneself', (command) =>
    expect(() => decide(user, command, evolve(user, play([register(['admin']), deactivate()])))).toThrow(
      expect.objectContaining({ code: 'identity.own-account', kind: 'conflict' }),
    ),
  );
});

const role = fc.constantFrom(...Object.keys(builtInRoles), 'desk');
const roles = fc.array(role, { minLength: 1, maxLength: 4 });
const command = fc.oneof(
  roles.map((each) => register(each)),
  roles.map((each) => grant(...each)),
  roles.map((each) => replace(...each)),
  fc.constantFrom(deactivate(), reactivate()),
);

it('keeps exactly the roles of its first registration or last replacement and every later grant, and publishes only what the contract allows', () =>
  fc.assert(
    fc.property(fc.array(command, { maxLength: 12 }), (commands) => {
      const events = play(commands);
      const start = commands.findIndex(({ type }) => type === 'RegisterUser');
      const accepted = start < 0 ? [] : commands.slice(start).filter(({ type }, index) => index === 0 || type !== 'RegisterUser');
      const since = Math.max(
        0,
        accepted.findLastIndex(({ type }) => type === 'ReplaceRoles'),
      );
      const expected = [...new Set(accepted.slice(since).flatMap(({ data }) => ('roles' in data ? data.roles : [])))].sort();
      const state = evolve(user, events);
      expect(state.status === 'none' ? [] : [...state.roles].sort()).toEqual(expected);
      const word = accepted.findLast(({ type }) => type === 'DeactivateUser' || type === 'ReactivateUser');
      expect(state.status).toBe(start < 0 ? 'none' : word?.type === 'DeactivateUser' ? 'deactivated' : 'active');
      for (const { type, data } of events) identityEvents.find((schema) => schema.type === type)!.schema.parse(data);
    }),
  ));
