/** What a permission allows, in words for whoever puts a role together. */
export interface PermissionEntry {
  readonly description: string;
  /** Set where no route asks for it by itself: it lets a route of this permission reach further. */
  readonly widens?: string;
}

/**
 * Every permission that there is, `<what>:<verb>` or `<what>:<verb>:own` for one's own only. A route that asks for another does not pass
 * `test/security/permissions.spec.ts`, nor does one here that nothing asks for.
 */
export const permissionCatalogue: Readonly<Record<string, PermissionEntry>> = {
  'analytics:read': { description: 'Read sales, stock and top products' },
  'audit-trail:read': { description: 'Read who did what' },
  'cache:purge': { description: 'See how the cache does, and have it forget' },
  'catalog:read': { description: 'Read products, prices and what is popular' },
  'catalog:write': { description: 'Create, change and retire products' },
  'dead-letters:manage': { description: 'See what could not be processed, and retry or discard it' },
  'orders:cancel:own': { description: 'Cancel one’s own orders' },
  'orders:create': { description: 'Place orders' },
  'orders:import': { description: 'Import the history of another shop' },
  'orders:manage': { description: 'Confirm, ship, deliver, credit and cancel anybody’s orders, and take back their goods' },
  'orders:read:any': { description: 'Read anybody’s orders', widens: 'orders:read:own' },
  'orders:read:own': { description: 'Read one’s own orders' },
  'orders:return:own': { description: 'Ask to send back goods of one’s own orders' },
  'roles:manage': { description: 'Define and remove roles, as far as one holds what they hold' },
  'roles:read': { description: 'Read the roles and the permissions that there are' },
  'sagas:manage': { description: 'Retry, skip and compensate workflows' },
  'sagas:read': { description: 'Read the state of workflows' },
  'stock:write': { description: 'Count, receive and adjust stock' },
  'system:audit': { description: 'Compare the read side with the events' },
  'system:keys': { description: 'Have another key sign access tokens' },
  'system:rebuild': { description: 'Rebuild read models and roll them back' },
  'users:erase': { description: 'Erase people for good, and read the receipts' },
  'users:erase:own': { description: 'Erase one’s own account for good' },
  'users:export': { description: 'Export all that is held of a person' },
  'users:manage': { description: 'Read users, deactivate and reactivate them, and give and take their roles' },
  'users:read:own': { description: 'Read one’s own account, and export all that is held of oneself' },
  'users:write:own': { description: 'Change one’s own name and email' },
};

/** The names of all permissions, sorted. */
export const allPermissions: readonly string[] = Object.keys(permissionCatalogue).sort();
