import { z } from 'zod';
import type { DomainEvent } from '@kernel/event.js';
import { sealedSchema } from '@kernel/ports/personal-data.js';
import type { EventSchema } from '@kernel/schema-registry.js';
import { operationEvents } from './operation-events.js';
import { roleEvents } from './role-events.js';
import { roleSchema } from './roles.js';
import { sessionEvents } from './session-events.js';
import { signingKeyEvents } from './signing-key-events.js';

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
/** `roles` are those that were taken away. */
const rolesRevoked = z.object({ userId: z.uuid(), roles: z.array(roleSchema).min(1) });

/** May not sign in until reactivated; what was signed before ends with its token. */
const userDeactivated = z.object({ userId: z.uuid() });
const userReactivated = z.object({ userId: z.uuid() });

/** Sealed under the user's own key, as at the registration. */
const userRenamed = z.object({ userId: z.uuid(), name: sealedSchema });
const emailChanged = z.object({ userId: z.uuid(), email: sealedSchema });
/** That, and not to what. */
const passwordChanged = z.object({ userId: z.uuid() });

/** The user's key, credential and email hash were destroyed in the same transaction: what events say of the person is closed for good. */
const userErased = z.object({ userId: z.uuid(), erasureId: z.uuid() });

/** Somebody else than the user, the event's actor, was given everything that is held of the user. */
const subjectDataExported = z.object({ userId: z.uuid() });

export type UserRegistered = DomainEvent<'identity.UserRegistered', z.infer<typeof userRegistered>>;
export type RolesGranted = DomainEvent<'identity.RolesGranted', z.infer<typeof rolesGranted>>;
export type RolesRevoked = DomainEvent<'identity.RolesRevoked', z.infer<typeof rolesRevoked>>;
export type UserDeactivated = DomainEvent<'identity.UserDeactivated', z.infer<typeof userDeactivated>>;
export type UserReactivated = DomainEvent<'identity.UserReactivated', z.infer<typeof userReactivated>>;
export type UserRenamed = DomainEvent<'identity.UserRenamed', z.infer<typeof userRenamed>>;
export type EmailChanged = DomainEvent<'identity.EmailChanged', z.infer<typeof emailChanged>>;
export type PasswordChanged = DomainEvent<'identity.PasswordChanged', z.infer<typeof passwordChanged>>;
export type UserErased = DomainEvent<'identity.UserErased', z.infer<typeof userErased>>;
export type SubjectDataExported = DomainEvent<'identity.SubjectDataExported', z.infer<typeof subjectDataExported>>;
export type UserEvent =
  UserRegistered | RolesGranted | RolesRevoked | UserDeactivated | UserReactivated | UserRenamed | EmailChanged | PasswordChanged | UserErased;

/** Every event that identity publishes. */
export const identityEvents: EventSchema[] = [
  { type: 'identity.UserRegistered', version: 1, schema: userRegistered, upcasters: {} },
  { type: 'identity.RolesGranted', version: 1, schema: rolesGranted, upcasters: {} },
  { type: 'identity.RolesRevoked', version: 1, schema: rolesRevoked, upcasters: {} },
  { type: 'identity.UserDeactivated', version: 1, schema: userDeactivated, upcasters: {} },
  { type: 'identity.UserReactivated', version: 1, schema: userReactivated, upcasters: {} },
  { type: 'identity.UserRenamed', version: 1, schema: userRenamed, upcasters: {} },
  { type: 'identity.EmailChanged', version: 1, schema: emailChanged, upcasters: {} },
  { type: 'identity.PasswordChanged', version: 1, schema: passwordChanged, upcasters: {} },
  { type: 'identity.UserErased', version: 1, schema: userErased, upcasters: {} },
  { type: 'identity.SubjectDataExported', version: 1, schema: subjectDataExported, upcasters: {} },
  ...roleEvents,
  ...sessionEvents,
  ...signingKeyEvents,
  ...operationEvents,
];
