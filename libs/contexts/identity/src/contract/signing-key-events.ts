import { z } from 'zod';
import type { DomainEvent } from '@kernel/event.js';
import type { EventSchema } from '@kernel/schema-registry.js';

/** Another key signs access tokens from `signsFrom` on; those before it verify until the last of their tokens has expired. */
const signingKeyRotated = z.object({ kid: z.string().min(1), replaced: z.array(z.string().min(1)), signsFrom: z.iso.datetime() });

export type SigningKeyRotated = DomainEvent<'identity.SigningKeyRotated', z.infer<typeof signingKeyRotated>>;

/** The events of signing keys, a part of those that identity publishes. */
export const signingKeyEvents: EventSchema[] = [{ type: 'identity.SigningKeyRotated', version: 1, schema: signingKeyRotated, upcasters: {} }];
