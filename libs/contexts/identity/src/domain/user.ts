import { decider, type DomainCommand } from '@kernel/decider.js';
import { ensure, Refusal } from '@kernel/refusal.js';
import type { RolesGranted, UserDeactivated, UserEvent, UserReactivated, UserRegistered } from '../contract/events.js';
import type { Role } from '../contract/roles.js';

/** What is known of a user who is registered. */
export interface RegisteredUser {
  /** Who is deactivated may not sign in. */
  readonly status: 'active' | 'deactivated';
  readonly roles: readonly Role[];
  /** ISO 8601 UTC. */
  readonly registeredAt: string;
}

export type User = { readonly status: 'none' } | RegisteredUser;

export type RegisterUser = DomainCommand<'RegisterUser', UserRegistered['data']>;
export type GrantRoles = DomainCommand<'GrantRoles', RolesGranted['data']>;
/** `by` is who asks for it. */
export type DeactivateUser = DomainCommand<'DeactivateUser', UserDeactivated['data'] & { readonly by: string | null }>;
export type ReactivateUser = DomainCommand<'ReactivateUser', UserReactivated['data'] & { readonly by: string | null }>;
export type UserCommand = RegisterUser | GrantRoles | DeactivateUser | ReactivateUser;

/** Someone who may sign in unless deactivated: registered once, and then given roles. */
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
    DeactivateUser: ({ userId, by }, state) => {
      const { status } = registered(state);
      ensureAnother(userId, by);
      return status === 'deactivated' ? [] : [{ type: 'identity.UserDeactivated', version: 1, data: { userId } }];
    },
    ReactivateUser: ({ userId, by }, state) => {
      const { status } = registered(state);
      ensureAnother(userId, by);
      return status === 'active' ? [] : [{ type: 'identity.UserReactivated', version: 1, data: { userId } }];
    },
  },
  evolve: {
    'identity.UserRegistered': (_, { roles, registeredAt }) => ({ status: 'active', roles, registeredAt }),
    'identity.RolesGranted': (state, { roles }) => {
      const known = registered(state);
      return { ...known, roles: [...known.roles, ...roles] };
    },
    'identity.UserDeactivated': (state) => ({ ...registered(state), status: 'deactivated' }),
    'identity.UserReactivated': (state) => ({ ...registered(state), status: 'active' }),
  },
});

function registered(state: User): RegisteredUser {
  if (state.status === 'none') throw new Refusal('identity.user-not-found', 'not-found', 'There is no such user');
  return state;
}

/** Nobody locks themselves out, and whoever was deactivated does not undo it with a token that has some minutes left. */
const ensureAnother = (userId: string, by: string | null): void =>
  ensure(by !== userId, 'identity.own-account', 'This is for another administrator to do: nobody deactivates or reactivates their own account');

const distinct = (roles: readonly Role[]): Role[] => [...new Set(roles)];
