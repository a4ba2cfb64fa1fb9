import { z } from 'zod';
import type { DomainEvent } from '@kernel/event.js';
import { sealedSchema } from '@kernel/ports/personal-data.js';
import type { EventSchema } from '@kernel/schema-registry.js';
import { roleSchema } from './roles.js';

const userRegistered = z.object({
  userId: z.uuid(),
  /** Sealed under the user's own key, as is the name. */
  email: sealedSchema,
  name: sealedSchema,
  roles: z.array(roleSchema).min(1),
  registeredAt: z.iso.datetime(),
});

/** `roles` are those that came in addition. */
const rolesGranted = z.object({ userId: z.uuid(), roles: z.array(roleSchema).min(1) });

/** May not sign in until reactivated; what was signed before ends with its token. */
const userDeactivated = z.object({ userId: z.uuid() });
const userReactivated = z.object({ userId: z.uuid() });

export type UserRegistered = DomainEvent<'identity.UserRegistered', z.infer<typeof userRegistered>>;
export type RolesGranted = DomainEvent<'identity.RolesGranted', z.infer<typeof rolesGranted>>;
export type UserDeactivated = DomainEvent<'identity.UserDeactivated', z.infer<typeof userDeactivated>>;
export type UserReactivated = DomainEvent<'identity.UserReactivated', z.infer<typeof userReactivated>>;
export type UserEvent = UserRegistered | RolesGranted | UserDeactivated | UserReactivated;

/** Every event that identity publishes. */
export const identityEvents: EventSchema[] = [
  { type: 'identity.UserRegistered', version: 1, schema: userRegistered, upcasters: {} },
  { type: 'identity.RolesGranted', version: 1, schema: rolesGranted, upcasters: {} },
  { type: 'identity.UserDeactivated', version: 1, schema: userDeactivated, upcasters: {} },
  { type: 'identity.UserReactivated', version: 1, schema: userReactivated, upcasters: {} },
];
