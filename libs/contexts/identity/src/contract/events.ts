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

export type UserRegistered = DomainEvent<'identity.UserRegistered', z.infer<typeof userRegistered>>;
export type RolesGranted = DomainEvent<'identity.RolesGranted', z.infer<typeof rolesGranted>>;
export type UserEvent = UserRegistered | RolesGranted;

/** Every event that identity publishes. */
export const identityEvents: EventSchema[] = [
  { type: 'identity.UserRegistered', version: 1, schema: userRegistered, upcasters: {} },
  { type: 'identity.RolesGranted', version: 1, schema: rolesGranted, upcasters: {} },
];
