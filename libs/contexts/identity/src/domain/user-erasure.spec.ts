import { decide, evolve } from '@kernel/decider.js';
import type { Sealed } from '@kernel/ports/personal-data.js';
import type { UserEvent } from '../contract/events.js';
import { user, type UserCommand } from './user.js';

const userId = '0192f0c1-2a3b-7c4d-8e5f-60718293a4b5';
const erasureId = '0192f0c1-2a3b-7c4d-8e5f-60718293a4c6';
const registeredAt = '2026-11-01T10:00:00.000Z';
const sealed: Sealed = { subject: userId, iv: 'aXY=', tag: 'dGFn', data: 'ZGF0YQ==' };

const registered: UserEvent = {
  type: 'identity.UserRegistered',
  version: 1,
  data: { userId, email: sealed, name: sealed, roles: ['customer', 'admin'], registeredAt },
};
const deactivated: UserEvent = { type: 'identity.UserDeactivated', version: 1, data: { userId } };
const erased: UserEvent = { type: 'identity.UserErased', version: 1, data: { userId, erasureId } };
const erase: UserCommand = { type: 'EraseUser', data: { userId, erasureId } };
const after = (...events: UserEvent[]) => evolve(user, events);

describe('erasing a user', () => {
  it.each([[[registered]], [[registered, deactivated]]])('happens to one who is registered, active or not', (events) =>
    expect(decide(user, erase, after(...events))).toEqual([erased]),
  );

  it('happens once', () => expect(decide(user, erase, after(registered, erased))).toEqual([]));

  it('is refused for one whom there is not', () =>
    expect(() => decide(user, erase, user.initial)).toThrow(expect.objectContaining({ code: 'identity.user-not-found' })));

  it('leaves no role', () => expect(after(registered, erased)).toEqual({ status: 'erased', roles: [], registeredAt }));

  const others: UserCommand[] = [
    { type: 'GrantRoles', data: { userId, roles: ['analyst'] } },
    { type: 'ReplaceRoles', data: { userId, roles: ['analyst'] } },
    { type: 'DeactivateUser', data: { userId, by: null } },
    { type: 'ReactivateUser', data: { userId, by: null } },
    { type: 'ChangeProfile', data: { userId, name: sealed } },
    { type: 'ChangePassword', data: { userId } },
  ];
  it.each(others)('lets nothing happen to the user any more: $type', (command) =>
    expect(() => decide(user, command, after(registered, erased))).toThrow(
      expect.objectContaining({ code: 'identity.user-erased', kind: 'conflict' }),
    ),
  );

  it('does not make room for another registration of the same id', () =>
    expect(() => decide(user, { type: 'RegisterUser', data: registered.data } as UserCommand, after(registered, erased))).toThrow(
      expect.objectContaining({ code: 'identity.user-already-registered' }),
    ));
});
