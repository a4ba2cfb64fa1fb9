import { z } from 'zod';
import { allPermissions } from './permissions.js';

/** Lower-case words joined by hyphens, as `customer` or `night-shift`. */
export const ROLE_NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
export const ROLE_NAME_MAX = 40;

export const roleSchema = z.string().max(ROLE_NAME_MAX).regex(ROLE_NAME);
export type Role = z.infer<typeof roleSchema>;

/** What a role is made of. */
export interface RoleDefinition {
  readonly permissions: readonly string[];
  readonly description: string;
}

/** The role that holds everything and stays as it is, so that somebody can always put the others right. */
export const ADMIN = 'admin';

/** The roles that exist from the start, highest rank first; `customer` and `analyst` are as here until they are edited. */
export const builtInRoles: Readonly<Record<string, RoleDefinition>> = {
  [ADMIN]: { permissions: allPermissions, description: 'May do everything' },
  analyst: {
    permissions: ['analytics:read', 'catalog:read', 'users:erase:own', 'users:read:own', 'users:write:own'],
    description: 'Reads the figures',
  },
  customer: {
    permissions: [
      'catalog:read',
      'orders:cancel:own',
      'orders:create',
      'orders:read:own',
      'orders:return:own',
      'users:erase:own',
      'users:read:own',
      'users:write:own',
    ],
    description: 'Buys, and looks after what was bought',
  },
};

export const isBuiltIn = (role: Role): boolean => Object.hasOwn(builtInRoles, role);

/** Roles by name where they are not, or no longer, as built in. */
export type DefinedRoles = ReadonlyMap<Role, RoleDefinition>;

/** What a role is; undefined for one that there is not. */
export function definitionOf(role: Role, defined: DefinedRoles): RoleDefinition | undefined {
  if (role === ADMIN) return builtInRoles[ADMIN];
  return defined.get(role) ?? (isBuiltIn(role) ? builtInRoles[role] : undefined);
}

/** The permissions of several roles together, each once, sorted. A role that there is not gives none. */
export const permissionsIn = (roles: readonly Role[], defined: DefinedRoles): string[] =>
  [...new Set(roles.flatMap((role) => definitionOf(role, defined)?.permissions ?? []))].sort();

/** The permissions of built-in roles as they are from the start; what they are now is for `Roles` to say. */
export const permissionsOf = (roles: readonly Role[]): string[] => permissionsIn(roles, new Map());
