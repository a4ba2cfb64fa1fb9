import { z } from 'zod';
import type { DomainEvent } from '@kernel/event.js';
import type { EventSchema } from '@kernel/schema-registry.js';
import { roleSchema } from './roles.js';

const role = roleSchema.describe('The role’s name');

const roleDefined = z
  .object({
    role,
    permissions: z.array(z.string().min(1)).describe('All that it holds; a permission of then may be none today'),
    withdrawn: z.array(z.string().min(1)).describe('What it held before and holds no longer'),
    description: z.string().describe('What it is for, in words'),
  })
  .describe('What a role is from now on, the whole of it.');
const roleRemoved = z.object({ role }).describe('There is no such role any more; nobody had it.');

export type RoleDefined = DomainEvent<'identity.RoleDefined', z.infer<typeof roleDefined>>;
export type RoleRemoved = DomainEvent<'identity.RoleRemoved', z.infer<typeof roleRemoved>>;
export type RoleEvent = RoleDefined | RoleRemoved;

/** The events of roles, a part of those that identity publishes. */
export const roleEvents: EventSchema[] = [
  { type: 'identity.RoleDefined', version: 1, schema: roleDefined, upcasters: {}, stream: 'role-{role}' },
  { type: 'identity.RoleRemoved', version: 1, schema: roleRemoved, upcasters: {}, stream: 'role-{role}' },
];
