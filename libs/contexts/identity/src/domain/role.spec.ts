import fc from 'fast-check';
import { decide, evolve } from '@kernel/decider.js';
import { allPermissions } from '../contract/permissions.js';
import { roleEvents, type RoleEvent } from '../contract/role-events.js';
import { permissionsOf } from '../contract/roles.js';
import { currently, role, type RoleCommand } from './role.js';

const define = (name: string, permissions: string[], held: readonly string[] | null = null, description = ''): RoleCommand => ({
  type: 'DefineRole',
  data: { role: name, permissions, description, held },
});
const remove = (name: string, held: readonly string[] | null = null): RoleCommand => ({ type: 'RemoveRole', data: { role: name, held } });

/** Runs commands one after the other; refused ones change nothing. */
function play(commands: readonly RoleCommand[]): RoleEvent[] {
  const events: RoleEvent[] = [];
  for (const command of commands) {
    try {
      events.push(...decide(role, command, evolve(role, events)));
    } catch {
      continue;
    }
  }
  return events;
}
const after = (given: readonly RoleCommand[], command: RoleCommand) => () => decide(role, command, evolve(role, play(given)));
const refusal = (code: string, details = {}) => expect.objectContaining({ code, details: expect.objectContaining(details) });

describe('a role', () => {
  it('is defined with each permission once, sorted', () =>
    expect(play([define('desk', ['stock:write', 'catalog:read', 'stock:write'], null, 'Counts')])).toEqual([
      {
        type: 'identity.RoleDefined',
        version: 1,
        data: { role: 'desk', permissions: ['catalog:read', 'stock:write'], withdrawn: [], description: 'Counts' },
      },
    ]));

  it('tells what it no longer holds', () =>
    expect(play([define('desk', ['stock:write', 'catalog:read']), define('desk', ['catalog:read', 'sagas:read'])])[1]!.data).toMatchObject({
      withdrawn: ['stock:write'],
      permissions: ['catalog:read', 'sagas:read'],
    }));

  it('has nothing happen to it that it is already', () =>
    expect(play([define('desk', ['stock:write']), define('desk', ['stock:write', 'stock:write'])])).toHaveLength(1));

  it('that is built in is edited from what it is, not from nothing', () => {
    const [event] = play([define('customer', ['catalog:read'])]);
    expect(event!.data).toMatchObject({ withdrawn: permissionsOf(['customer']).filter((permission) => permission !== 'catalog:read') });
    expect(play([define('analyst', permissionsOf(['analyst']), null, 'Reads the figures')])).toEqual([]);
  });

  it('is removed and defined anew', () => {
    const events = play([define('desk', ['stock:write']), remove('desk'), define('desk', ['sagas:read'])]);
    expect(events.map(({ type }) => type)).toEqual(['identity.RoleDefined', 'identity.RoleRemoved', 'identity.RoleDefined']);
    expect(events[2]!.data).toMatchObject({ withdrawn: [] });
  });

  it.each([
    ['the administrator’s, defined', define('admin', ['catalog:read']), 'identity.role-fixed'],
    ['the administrator’s, removed', remove('admin'), 'identity.role-fixed'],
    ['a built-in one, removed', remove('customer'), 'identity.role-built-in'],
    ['one that there is not, removed', remove('desk'), 'identity.role-not-found'],
    ['one with a name that is none', define('Desk!', []), 'identity.role-name-invalid'],
  ])('is refused: %s', (_, command, code) => expect(after([], command)).toThrow(refusal(code)));

  it('is refused with permissions that there are not, which are named', () =>
    expect(after([], define('desk', ['catalog:read', 'orders:fly', '__proto__']))).toThrow(
      refusal('identity.permission-unknown', { permissions: ['__proto__', 'orders:fly'] }),
    ));

  it('is not removed twice', () =>
    expect(after([define('desk', []), remove('desk')], remove('desk'))).toThrow(refusal('identity.role-not-found', { role: 'desk' })));
});

describe('nobody gives or takes what they do not hold', () => {
  const desk = [define('desk', ['stock:write', 'catalog:read'])];
  const withoutFigures = permissionsOf(['analyst']).filter((permission) => permission !== 'analytics:read');
  const refused = (...permissions: string[]) => refusal('identity.privilege-escalation', { permissions });

  it.each([
    ['makes a role', [], define('other', ['catalog:read', 'users:manage', 'sagas:read'], ['catalog:read']), ['sagas:read', 'users:manage']],
    ['widens one', desk, define('desk', ['stock:write', 'catalog:read', 'users:manage'], ['roles:manage']), ['users:manage']],
    ['narrows one', desk, define('desk', ['catalog:read'], ['roles:manage', 'catalog:read']), ['stock:write']],
    ['removes one', desk, remove('desk', ['catalog:read']), ['stock:write']],
    ['narrows a built-in one', [], define('analyst', withoutFigures, ['catalog:read']), ['analytics:read']],
  ])('who %s', (_, given, command, permissions) => expect(after(given, command)).toThrow(refused(...permissions)));

  it('but may leave alone what they do not hold', () =>
    expect(after(desk, define('desk', ['stock:write', 'catalog:read', 'sagas:read'], ['sagas:read']))()).toHaveLength(1));
});

const permissions = fc.subarray([...allPermissions]);
const held = fc.option(permissions);
const name = fc.constantFrom('desk', 'customer', 'admin');

it('changes, whatever was asked for, only permissions that the asker holds, and publishes only what the contract allows', () =>
  fc.assert(
    fc.property(name, fc.array(fc.tuple(fc.boolean(), permissions, held), { maxLength: 8 }), (subject, steps) => {
      let events: RoleEvent[] = [];
      for (const [removes, wanted, by] of steps) {
        const before = currently(subject, evolve(role, events))?.permissions ?? [];
        events = [...events, ...attempt(removes ? remove(subject, by) : define(subject, wanted, by), events)];
        const now = currently(subject, evolve(role, events))?.permissions ?? [];
        const changed = [...before.filter((each) => !now.includes(each)), ...now.filter((each) => !before.includes(each))];
        if (by) expect(by).toEqual(expect.arrayContaining(changed));
      }
      if (subject === 'admin') expect(events).toEqual([]);
      for (const { type, data } of events) roleEvents.find((schema) => schema.type === type)!.schema.parse(data);
    }),
  ));

function attempt(command: RoleCommand, events: readonly RoleEvent[]): readonly RoleEvent[] {
  try {
    return decide(role, command, evolve(role, events));
  } catch {
    return [];
  }
}
