import { z } from 'zod';

export const roleSchema = z.enum(['customer', 'analyst', 'admin']);
export type Role = z.infer<typeof roleSchema>;

const customer = ['orders:create', 'orders:read:own', 'orders:cancel:own', 'orders:return:own', 'catalog:read', 'users:read:own'];
const analyst = ['analytics:read', 'catalog:read', 'users:read:own'];
const operator = [
  'orders:read:any',
  'orders:manage',
  'orders:import',
  'catalog:write',
  'stock:write',
  'sagas:read',
  'sagas:manage',
  'system:audit',
  'system:rebuild',
  'users:manage',
];

/** What each role may do; an administrator may do everything. */
export const permissionsByRole: Readonly<Record<Role, readonly string[]>> = {
  customer,
  analyst,
  admin: [...new Set([...customer, ...analyst, ...operator])],
};

/** The permissions of several roles together, each once, sorted. */
export const permissionsOf = (roles: readonly Role[]): string[] => [...new Set(roles.flatMap((role) => permissionsByRole[role]))].sort();
