import { decider, type DomainCommand } from '@kernel/decider.js';
import { ensure, Refusal } from '@kernel/refusal.js';
import type {
  EmailChanged,
  PasswordChanged,
  RolesGranted,
  RolesRevoked,
  UserDeactivated,
  UserErased,
  UserEvent,
  UserReactivated,
  UserRegistered,
  UserRenamed,
} from '../contract/events.js';
import type { Role } from '../contract/roles.js';

/** What is known of a user who is registered. */
export interface RegisteredUser {
  /** Who is deactivated may not sign in. */
  readonly status: 'active' | 'deactivated';
  readonly roles: readonly Role[];
  /** ISO 8601 UTC. */
  readonly registeredAt: string;
}

/** Nothing is known of the person any more, and nothing happens to the account. */
export interface ErasedUser {
  readonly status: 'erased';
  readonly roles: readonly [];
  /** ISO 8601 UTC. */
  readonly registeredAt: string;
}

export type User = { readonly status: 'none' } | RegisteredUser | ErasedUser;

export type RegisterUser = DomainCommand<'RegisterUser', UserRegistered['data']>;
export type GrantRoles = DomainCommand<'GrantRoles', RolesGranted['data']>;
/** `roles` are all that the user has afterwards. */
export type ReplaceRoles = DomainCommand<'ReplaceRoles', RolesGranted['data']>;
/** `by` is who asks for it. */
export type DeactivateUser = DomainCommand<'DeactivateUser', UserDeactivated['data'] & { readonly by: string | null }>;
export type ReactivateUser = DomainCommand<'ReactivateUser', UserReactivated['data'] & { readonly by: string | null }>;
/** What is left out stays as it is. */
export type ChangeProfile = DomainCommand<
  'ChangeProfile',
  { readonly userId: string; readonly name?: UserRenamed['data']['name']; readonly email?: EmailChanged['data']['email'] }
>;
export type ChangePassword = DomainCommand<'ChangePassword', PasswordChanged['data']>;
export type EraseUser = DomainCommand<'EraseUser', UserErased['data']>;
export type UserCommand = RegisterUser | GrantRoles | ReplaceRoles | DeactivateUser | ReactivateUser | ChangeProfile | ChangePassword | EraseUser;

/** Someone who may sign in unless deactivated: registered once, and then given roles. */
export const user = decider<User, UserCommand, UserEvent>({
  initial: { status: 'none' },
  decide: {
    RegisterUser: (command, { status }) => {
      ensure(status === 'none', 'identity.user-already-registered', 'This user is registered already');
      const data = { ...command, roles: distinct(command.roles) };
      return [{ type: 'identity.UserRegistered', version: 1, data, occurredAt: command.registeredAt }];
    },
    GrantRoles: ({ userId, roles }, state) => granted(userId, roles, registered(state).roles),
    ReplaceRoles: ({ userId, roles }, state) => {
      const before = registered(state).roles;
      return [...revoked(userId, roles, before), ...granted(userId, roles, before)];
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
    ChangeProfile: ({ userId, name, email }, state) => {
      registered(state);
      return [
        ...(name ? [{ type: 'identity.UserRenamed', version: 1, data: { userId, name } } as const] : []),
        ...(email ? [{ type: 'identity.EmailChanged', version: 1, data: { userId, email } } as const] : []),
      ];
    },
    ChangePassword: (command, state) => {
      ensure(registered(state).status === 'active', 'identity.user-deactivated', 'This account is deactivated: its password stays as it is');
      return [{ type: 'identity.PasswordChanged', version: 1, data: command }];
    },
    EraseUser: (command, state) => {
      if (state.status === 'erased') return [];
      registered(state);
      return [{ type: 'identity.UserErased', version: 1, data: command }];
    },
  },
  evolve: {
    'identity.UserRegistered': (_, { roles, registeredAt }) => ({ status: 'active', roles, registeredAt }),
    'identity.RolesGranted': (state, { roles }) => {
      const known = registered(state);
      return { ...known, roles: [...known.roles, ...roles] };
    },
    'identity.RolesRevoked': (state, { roles }) => {
      const known = registered(state);
      return { ...known, roles: known.roles.filter((role) => !roles.includes(role)) };
    },
    'identity.UserDeactivated': (state) => ({ ...registered(state), status: 'deactivated' }),
    'identity.UserReactivated': (state) => ({ ...registered(state), status: 'active' }),
    'identity.UserRenamed': (state) => state,
    'identity.EmailChanged': (state) => state,
    'identity.PasswordChanged': (state) => state,
    'identity.UserErased': (state) => ({ status: 'erased', roles: [], registeredAt: registered(state).registeredAt }),
  },
});

function registered(state: User): RegisteredUser {
  if (state.status === 'none') throw new Refusal('identity.user-not-found', 'not-found', 'There is no such user');
  ensure(state.status !== 'erased', 'identity.user-erased', 'This user was erased: nothing can change the account any more');
  return state;
}

/** Nobody locks themselves out, and whoever was deactivated does not undo it with a token that has some minutes left. */
const ensureAnother = (userId: string, by: string | null): void =>
  ensure(by !== userId, 'identity.own-account', 'This is for another administrator to do: nobody deactivates or reactivates their own account');

const distinct = (roles: readonly Role[]): Role[] => [...new Set(roles)];

function granted(userId: string, wanted: readonly Role[], before: readonly Role[]): RolesGranted[] {
  const roles = distinct(wanted).filter((role) => !before.includes(role));
  return roles.length === 0 ? [] : [{ type: 'identity.RolesGranted', version: 1, data: { userId, roles } }];
}

function revoked(userId: string, wanted: readonly Role[], before: readonly Role[]): RolesRevoked[] {
  const roles = before.filter((role) => !wanted.includes(role));
  return roles.length === 0 ? [] : [{ type: 'identity.RolesRevoked', version: 1, data: { userId, roles } }];
}
