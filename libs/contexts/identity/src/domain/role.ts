import { decider, type DomainCommand } from '@kernel/decider.js';
import { ensure, ensureValid, Refusal } from '@kernel/refusal.js';
import { allPermissions } from '../contract/permissions.js';
import type { RoleEvent } from '../contract/role-events.js';
import { ADMIN, builtInRoles, isBuiltIn, ROLE_NAME_MAX, roleSchema, type RoleDefinition } from '../contract/roles.js';
import { ensureHolds, type Held } from './privilege.js';

/** `undefined` covers a built-in role that nobody has edited. */
export type RoleState = { readonly status: 'undefined' | 'removed' } | (RoleDefinition & { readonly status: 'defined' });

/** `held` is what whoever asks may do. */
export type DefineRole = DomainCommand<'DefineRole', RoleDefinition & { readonly role: string; readonly held: Held }>;
export type RemoveRole = DomainCommand<'RemoveRole', { readonly role: string; readonly held: Held }>;
export type RoleCommand = DefineRole | RemoveRole;

/** A set of permissions with a name: defined whole, and defined anew when it changes. */
export const role = decider<RoleState, RoleCommand, RoleEvent>({
  initial: { status: 'undefined' },
  decide: {
    DefineRole: ({ role: name, permissions, description, held }, state) => {
      ensureName(name);
      ensureNotAdmin(name);
      const wanted = [...new Set(permissions)].sort();
      ensureKnown(wanted);
      const before = currently(name, state);
      const added = wanted.filter((permission) => !before?.permissions.includes(permission));
      const withdrawn = (before?.permissions ?? []).filter((permission) => !wanted.includes(permission));
      ensureHolds(held, [...added, ...withdrawn]);
      if (before?.description === description && added.length + withdrawn.length === 0) return [];
      return [{ type: 'identity.RoleDefined', version: 1, data: { role: name, permissions: wanted, withdrawn, description } }];
    },
    RemoveRole: ({ role: name, held }, state) => {
      ensureNotAdmin(name);
      ensure(!isBuiltIn(name), 'identity.role-built-in', `${name} is built in: it can be edited but not removed`, { role: name });
      const before = currently(name, state);
      if (!before) throw roleNotFound(name);
      ensureHolds(held, before.permissions);
      return [{ type: 'identity.RoleRemoved', version: 1, data: { role: name } }];
    },
  },
  evolve: {
    'identity.RoleDefined': (_, { permissions, description }) => ({ status: 'defined', permissions, description }),
    'identity.RoleRemoved': () => ({ status: 'removed' }),
  },
});

/** What a role is before the command; undefined for one that there is not. */
export const currently = (name: string, state: RoleState): RoleDefinition | undefined =>
  state.status === 'defined' ? state : isBuiltIn(name) ? builtInRoles[name] : undefined;

const roleNotFound = (name: string): Refusal => new Refusal('identity.role-not-found', 'not-found', `There is no role ${name}`, { role: name });

const ensureName = (name: string): void =>
  ensureValid(
    roleSchema.safeParse(name).success,
    'identity.role-name-invalid',
    `A role is named by lower-case words joined by hyphens, at most ${ROLE_NAME_MAX} characters`,
  );

const ensureNotAdmin = (name: string): void =>
  ensure(name !== ADMIN, 'identity.role-fixed', 'The administrator’s role always holds every permission: define another role', { role: name });

function ensureKnown(permissions: readonly string[]): void {
  const unknown = permissions.filter((permission) => !allPermissions.includes(permission));
  ensureValid(
    unknown.length === 0,
    'identity.permission-unknown',
    `There is no permission ${unknown.join(', ')}: see GET /api/v1/admin/permissions`,
    {
      permissions: unknown,
    },
  );
}
