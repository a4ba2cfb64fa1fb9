import { decider, type DomainCommand } from '@kernel/decider.js';
import { ensure, Refusal } from '@kernel/refusal.js';
import type { RolesGranted, UserEvent, UserRegistered } from '../contract/events.js';
import type { Role } from '../contract/roles.js';

/** What is known of a user who is registered. */
export interface ActiveUser {
  readonly status: 'active';
  readonly roles: readonly Role[];
  /** ISO 8601 UTC. */
  readonly registeredAt: string;
}

export type User = { readonly status: 'none' } | ActiveUser;

export type RegisterUser = DomainCommand<'RegisterUser', UserRegistered['data']>;
export type GrantRoles = DomainCommand<'GrantRoles', RolesGranted['data']>;
export type UserCommand = RegisterUser | GrantRoles;

/** Someone who may sign in: registered once, and then given roles. */
export const user = decider<User, UserCommand, UserEvent>({
  initial: { status: 'none' },
  decide: {
    RegisterUser: (command, { status }) => {
      ensure(status === 'none', 'identity.user-already-registered', 'This user is registered already');
      const data = { ...command, roles: distinct(command.roles) };
      return [{ type: 'identity.UserRegistered', version: 1, data, occurredAt: command.registeredAt }];
    },
    GrantRoles: ({ userId, roles }, state) => {
      const known = registered(state);
      const added = distinct(roles).filter((role) => !known.roles.includes(role));
      return added.length === 0 ? [] : [{ type: 'identity.RolesGranted', version: 1, data: { userId, roles: added } }];
    },
  },
  evolve: {
    'identity.UserRegistered': (_, { roles, registeredAt }) => ({ status: 'active', roles, registeredAt }),
    'identity.RolesGranted': (state, { roles }) => {
      const known = registered(state);
      return { ...known, roles: [...known.roles, ...roles] };
    },
  },
});

function registered(state: User): ActiveUser {
  if (state.status === 'none') throw new Refusal('identity.user-not-found', 'not-found', 'There is no such user');
  return state;
}

const distinct = (roles: readonly Role[]): Role[] => [...new Set(roles)];
