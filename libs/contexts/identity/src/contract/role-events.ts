import { z } from 'zod';
import type { DomainEvent } from '@kernel/event.js';
import type { EventSchema } from '@kernel/schema-registry.js';
import { roleSchema } from './roles.js';

/** What a role is from now on, the whole of it; `withdrawn` is what it held before and holds no longer. A permission of then may be none today. */
const roleDefined = z.object({
  role: roleSchema,
  permissions: z.array(z.string().min(1)),
  withdrawn: z.array(z.string().min(1)),
  description: z.string(),
});
/** Nobody had it any more. */
const roleRemoved = z.object({ role: roleSchema });

export type RoleDefined = DomainEvent<'identity.RoleDefined', z.infer<typeof roleDefined>>;
export type RoleRemoved = DomainEvent<'identity.RoleRemoved', z.infer<typeof roleRemoved>>;
export type RoleEvent = RoleDefined | RoleRemoved;

/** The events of roles, a part of those that identity publishes. */
export const roleEvents: EventSchema[] = [
  { type: 'identity.RoleDefined', version: 1, schema: roleDefined, upcasters: {} },
  { type: 'identity.RoleRemoved', version: 1, schema: roleRemoved, upcasters: {} },
];
