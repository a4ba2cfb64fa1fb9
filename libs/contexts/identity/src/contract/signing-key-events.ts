import { z } from 'zod';
import type { DomainEvent } from '@kernel/event.js';
import type { EventSchema } from '@kernel/schema-registry.js';

const signingKeyRotated = z
  .object({
    kid: z.string().min(1).describe('The new key’s id, as tokens name it'),
    replaced: z.array(z.string().min(1)).describe('The ids of those that it replaces'),
    signsFrom: z.iso.datetime().describe('From when on it signs'),
  })
  .describe('Another key signs access tokens from then on; those before it verify until the last of their tokens has expired.');

export type SigningKeyRotated = DomainEvent<'identity.SigningKeyRotated', z.infer<typeof signingKeyRotated>>;

/** The events of signing keys, a part of those that identity publishes. */
export const signingKeyEvents: EventSchema[] = [
  { type: 'identity.SigningKeyRotated', version: 1, schema: signingKeyRotated, upcasters: {}, stream: 'signing-keys' },
];
