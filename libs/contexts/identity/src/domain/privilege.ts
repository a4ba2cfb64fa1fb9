import { Refusal } from '@kernel/refusal.js';

/** The permissions of whoever asks; null for the shop itself, which answers to nobody. */
export type Held = readonly string[] | null;

/**
 * Nobody gives or takes away what they do not hold themselves, nor acts on somebody who holds more, or whoever manages roles could do everything.
 * @throws Refusal `identity.privilege-escalation` naming the permissions
 */
export function ensureHolds(held: Held, permissions: readonly string[]): void {
  if (held === null) return;
  const missing = [...new Set(permissions)].filter((permission) => !held.includes(permission)).sort();
  if (missing.length === 0) return;
  throw new Refusal(
    'identity.privilege-escalation',
    'forbidden',
    `This takes somebody who holds ${missing.join(', ')} as well: ask an administrator`,
    { permissions: missing },
  );
}
