import { allPermissions, permissionCatalogue } from './permissions.js';
import { builtInRoles, definitionOf, permissionsIn, permissionsOf, roleSchema } from './roles.js';

const shift = { permissions: ['stock:write', 'catalog:read'], description: '' };

it('lets an administrator do everything, whatever was defined', () =>
  expect(permissionsIn(['admin'], new Map([['admin', shift]]))).toEqual(allPermissions));

it('lets a customer place orders, read the catalog, and otherwise do only what is their own to do', () =>
  expect(permissionsOf(['customer']).filter((permission) => !permission.endsWith(':own'))).toEqual(['catalog:read', 'orders:create']));

it('adds up roles without repeating a permission', () => {
  const permissions = permissionsIn(['customer', 'shift'], new Map([['shift', shift]]));
  expect(permissions).toEqual([...permissionsOf(['customer']), 'stock:write'].sort());
});

it('takes a built-in role as it was edited', () =>
  expect(permissionsIn(['customer'], new Map([['customer', shift]]))).toEqual(shift.permissions.toSorted()));

it.each(['constructor', '__proto__', 'toString', 'nobody', ''])('gives nothing for %j, which is no role', (name) => {
  expect(permissionsIn([name], new Map())).toEqual([]);
  expect(definitionOf(name, new Map())).toBeUndefined();
});

it('builds in roles only of permissions that there are', () => {
  for (const { permissions } of Object.values(builtInRoles)) expect(allPermissions).toEqual(expect.arrayContaining([...permissions]));
});

it('widens only permissions that there are', () => {
  const widened = Object.values(permissionCatalogue).flatMap(({ widens }) => widens ?? []);
  expect(allPermissions).toEqual(expect.arrayContaining(widened));
});

it.each(['customer', 'night-shift', 'a1-b2'])('allows the name %s', (name) => expect(roleSchema.safeParse(name).success).toBe(true));
it.each(['', 'Admin', '-a', 'a-', 'a--b', 'a b', '1a', 'a/b', 'é', 'a'.repeat(41), '__proto__'])('allows no name such as %j', (name) =>
  expect(roleSchema.safeParse(name).success).toBe(false),
);
