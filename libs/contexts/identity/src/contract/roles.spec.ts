import { permissionsByRole, permissionsOf } from './roles.js';

it('lets an administrator do everything', () => {
  const everything = Object.values(permissionsByRole).flat();
  for (const permission of everything) expect(permissionsOf(['admin'])).toContain(permission);
});

it('lets a customer do nothing to the orders of others, the catalog, stock, users or the system', () => {
  expect(permissionsOf(['customer'])).toEqual([
    'catalog:read',
    'orders:cancel:own',
    'orders:create',
    'orders:read:own',
    'orders:return:own',
    'users:read:own',
  ]);
});

it('adds up roles without repeating a permission', () => {
  const permissions = permissionsOf(['customer', 'analyst']);
  expect(permissions).toContain('analytics:read');
  expect(new Set(permissions).size).toBe(permissions.length);
});
