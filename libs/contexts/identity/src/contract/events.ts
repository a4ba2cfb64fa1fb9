import { deadLetterEvents } from '@kernel/dead-letter-events.js';
import { z } from 'zod';
import type { DomainEvent } from '@kernel/event.js';
import { sealedSchema } from '@kernel/ports/personal-data.js';
import type { EventSchema } from '@kernel/schema-registry.js';
import { operationEvents } from './operation-events.js';
import { roleEvents } from './role-events.js';
import { roleSchema } from './roles.js';
import { sessionEvents } from './session-events.js';
import { signingKeyEvents } from './signing-key-events.js';

const userId = z.uuid().describe('The user’s id: a pseudonym');
const email = sealedSchema.describe('Email address, sealed under the user’s own key');
const name = sealedSchema.describe('Name, sealed under the user’s own key');
const roles = z.array(roleSchema).min(1);

const userRegistered = z
  .object({
    userId,
    email,
    name,
    roles: roles.describe('Roles from the start'),
    registeredAt: z.iso.datetime().describe('When'),
  })
  .describe('Somebody has an account.');

const rolesGranted = z.object({ userId, roles: roles.describe('Those that came in addition') }).describe('A user has more roles.');
const rolesRevoked = z.object({ userId, roles: roles.describe('Those that were taken away') }).describe('A user has fewer roles.');

const userDeactivated = z.object({ userId }).describe('May not sign in until reactivated; what was signed before ends with its token.');
const userReactivated = z.object({ userId }).describe('May sign in again.');

const userRenamed = z.object({ userId, name }).describe('A user has another name.');
const emailChanged = z.object({ userId, email }).describe('A user has another email address.');
const passwordChanged = z.object({ userId }).describe('A user has another password: that, and not to what.');

const userErased = z
  .object({ userId, erasureId: z.uuid().describe('By which the receipt of the erasure is found') })
  .describe('The user’s key, credential and email hash were destroyed in the same transaction: what events say of the person is closed for good.');

const subjectDataExported = z
  .object({ userId })
  .describe('Somebody else than the user, the event’s actor, was given everything that is held of the user.');

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
  { type: 'identity.UserRegistered', version: 1, schema: userRegistered, upcasters: {}, stream: 'user-{userId}' },
  { type: 'identity.RolesGranted', version: 1, schema: rolesGranted, upcasters: {}, stream: 'user-{userId}' },
  { type: 'identity.RolesRevoked', version: 1, schema: rolesRevoked, upcasters: {}, stream: 'user-{userId}' },
  { type: 'identity.UserDeactivated', version: 1, schema: userDeactivated, upcasters: {}, stream: 'user-{userId}' },
  { type: 'identity.UserReactivated', version: 1, schema: userReactivated, upcasters: {}, stream: 'user-{userId}' },
  { type: 'identity.UserRenamed', version: 1, schema: userRenamed, upcasters: {}, stream: 'user-{userId}' },
  { type: 'identity.EmailChanged', version: 1, schema: emailChanged, upcasters: {}, stream: 'user-{userId}' },
  { type: 'identity.PasswordChanged', version: 1, schema: passwordChanged, upcasters: {}, stream: 'user-{userId}' },
  { type: 'identity.UserErased', version: 1, schema: userErased, upcasters: {}, stream: 'user-{userId}' },
  { type: 'identity.SubjectDataExported', version: 1, schema: subjectDataExported, upcasters: {}, stream: 'export-{a random id}' },
  ...roleEvents,
  ...sessionEvents,
  ...signingKeyEvents,
  ...operationEvents,
  ...deadLetterEvents('identity'),
];
