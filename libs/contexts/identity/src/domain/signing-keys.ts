import { decider, type DomainCommand } from '@kernel/decider.js';
import { ensure } from '@kernel/refusal.js';
import type { SigningKeyRotated } from '../contract/signing-key-events.js';

export interface KeyRotation {
  /** When the newest key begins to sign, ISO 8601 UTC; empty before the first rotation. */
  readonly signsFrom: string;
}

/** `at` is now, ISO 8601 UTC. */
export type RotateSigningKey = DomainCommand<'RotateSigningKey', SigningKeyRotated['data'] & { readonly at: string }>;

/** The signing keys of this shop, one after the other. */
export const signingKeys = decider<KeyRotation, RotateSigningKey, SigningKeyRotated>({
  initial: { signsFrom: '' },
  decide: {
    RotateSigningKey: ({ at, ...data }, { signsFrom }) => {
      ensure(at >= signsFrom, 'identity.rotation-pending', `The key before this one signs from ${signsFrom} on: wait for that`, { signsFrom });
      return [{ type: 'identity.SigningKeyRotated', version: 1, data }];
    },
  },
  evolve: { 'identity.SigningKeyRotated': (_, { signsFrom }) => ({ signsFrom }) },
});
